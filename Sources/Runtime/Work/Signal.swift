import Synchronization

/// Tells one waiter that there is something to do. Firing again before the waiter wakes changes nothing.
///
///     quiet ──fire──► fired ──wait returns──► quiet
///     quiet ──wait──► waiting ──fire, cancellation──► quiet
public final class Signal: Sendable {
    private enum State {
        case quiet, fired
        case waiting(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.quiet)

    public init() {}

    public func fire() {
        let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
            switch state {
            case .quiet, .fired:
                state = .fired
                return nil
            case .waiting(let waiter):
                state = .quiet
                return waiter
            }
        }
        waiter?.resume()
    }

    /// Returns when fired (at once if already fired) or when the task is cancelled. One task waits at a time; a second
    /// one replaces the first.
    public func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumed: CheckedContinuation<Void, Never>? = state.withLock { state in
                    if Task.isCancelled { return continuation }
                    switch state {
                    case .quiet:
                        state = .waiting(continuation)
                        return nil
                    case .fired:
                        state = .quiet
                        return continuation
                    case .waiting(let other):
                        state = .waiting(continuation)
                        return other
                    }
                }
                resumed?.resume()
            }
        } onCancel: {
            let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
                guard case .waiting(let waiter) = state else { return nil }
                state = .quiet
                return waiter
            }
            waiter?.resume()
        }
    }
}
