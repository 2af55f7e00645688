import AlmanacRuntime
import Logging
import Scheduling

/// The idempotency keys of running requests.
struct RunningKeys {
    private var scopes: Set<IdempotencyClaim.Scope> = []

    mutating func begin(_ keyed: KeyedRequest?) throws(CommandError) {
        guard let keyed else { return }
        guard scopes.insert(keyed.scope).inserted else { throw .idempotencyInProgress }
    }

    mutating func end(_ keyed: KeyedRequest?) {
        if let keyed { scopes.remove(keyed.scope) }
    }
}
