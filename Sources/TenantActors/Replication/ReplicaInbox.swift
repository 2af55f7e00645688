import AlmanacRuntime
import Synchronization

/// The messages of the hot store that a replica has not applied yet.
final class ReplicaInbox: Sendable {
    private struct State {
        var events: [HotEvent] = []
        var hasLost = false
    }

    /// How many messages may wait. Further ones are dropped, and the replica asks the store.
    static let limit = 1_024

    private let state = Mutex(State())
    private let wake: @Sendable () -> Void

    /// - Parameter wake: called after each message.
    init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    func receive(_ event: HotEvent) {
        state.withLock { state in
            if state.events.count < Self.limit { state.events.append(event) } else { state.hasLost = true }
        }
        wake()
    }

    /// Removes the messages, in order. Also returns whether later ones were dropped.
    func take() -> (events: [HotEvent], hasLost: Bool) {
        state.withLock { state in
            defer { state = State() }
            return (state.events, state.hasLost)
        }
    }
}
