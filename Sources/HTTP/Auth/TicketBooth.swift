import AlmanacRuntime
import Scheduling
import Synchronization
import TenantActors

/// Tickets for WebSockets: a browser cannot send an `Authorization` header with one, and a credential does not belong in
/// an address. A ticket stands for a credential once, within a minute.
final class TicketBooth: Sendable {
    private struct Ticket {
        let principal: Principal
        let expiresAt: Instant
    }

    static let lifetimeSeconds: Int64 = 60
    /// The most tickets that wait to be used.
    static let limit = 20_000

    private let clock: any WallClock
    /// Where all nodes see them: whoever got a ticket here may use it there.
    private let store: (any HotStore)?
    private let ids: IDGenerator
    /// By the hash of the secret, so that how long a look-up takes tells nothing of it.
    private let tickets = Mutex<[[UInt8]: Ticket]>([:])

    init(clock: any WallClock, ids: IDGenerator, store: (any HotStore)? = nil) {
        self.clock = clock
        self.store = store
        self.ids = ids
    }

    /// A new ticket of the principal; throws 503 when too many wait to be used.
    func issue(_ principal: Principal) async throws(CommandError) -> (secret: String, expiresAt: Instant) {
        let now = clock.now()
        let secret = Base64URL.encode(ids.secret(bytes: 32))
        let expiresAt = now.adding(seconds: Self.lifetimeSeconds)
        if let store, await keep(principal, of: secret, in: store) { return (secret, expiresAt) }
        let isTaken = tickets.withLock { tickets in
            if tickets.count >= Self.limit { tickets = tickets.filter { $0.value.expiresAt > now } }
            guard tickets.count < Self.limit else { return false }
            tickets[Secrets.digest(secret.utf8)] = Ticket(principal: principal, expiresAt: expiresAt)
            return true
        }
        guard isTaken else { throw .overloaded }
        return (secret, expiresAt)
    }

    /// Takes a ticket; nil if there is none like it, or no more.
    func redeem(_ secret: String) async -> Principal? {
        let ticket = tickets.withLock { $0.removeValue(forKey: Secrets.digest(secret.utf8)) }
        if let ticket {
            let now = clock.now()
            // One that lasts longer than any was issued by a clock that was ahead.
            let isLive = now < ticket.expiresAt && ticket.expiresAt <= now.adding(seconds: 2 * Self.lifetimeSeconds)
            return isLive ? ticket.principal : nil
        }
        guard let bytes = try? await store?.take(Self.name(secret)), let json = try? JSON.parse(bytes) else {
            return nil
        }
        return Principal(json: json)
    }

    /// False where it cannot be kept for all nodes: then it is good at this one.
    private func keep(_ principal: Principal, of secret: String, in store: any HotStore) async -> Bool {
        do throws(HotError) {
            try await store.put(Self.name(secret), principal.json, seconds: Int(Self.lifetimeSeconds))
            return true
        } catch {
            return false
        }
    }

    private static func name(_ secret: String) -> String { Base64URL.encode(Secrets.digest(secret.utf8)) }
}
