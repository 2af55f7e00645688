import AlmanacRuntime
import Synchronization

/// What the hot store has told of a calendar and its replica has not looked at yet.
final class ReplicaInbox: Sendable {
    private struct State {
        var events: [HotEvent] = []
        var hasLost = false
    }

    /// The most events that wait. What comes then is not kept: the replica looks for itself.
    static let limit = 1_024

    private let state = Mutex(State())
    private let wake: @Sendable () -> Void

    /// - Parameter wake: called whenever something came.
    init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    func receive(_ event: HotEvent) {
        state.withLock { state in
            if state.events.count < Self.limit { state.events.append(event) } else { state.hasLost = true }
        }
        wake()
    }

    /// Takes out what is there, in order, and whether something after it was lost.
    func take() -> (events: [HotEvent], hasLost: Bool) {
        state.withLock { state in
            defer { state = State() }
            return (state.events, state.hasLost)
        }
    }
}
