import Synchronization

/// The pending notifications of one listener.
///
///     open ──deliver──► payloads ──no room, reconnect──► payloads, then a gap
///
/// Notifications after a pending gap are dropped, because the listener reads the tables later, when it reaches the gap.
final class NotificationQueue: Sendable {
    private struct State {
        var payloads: [String] = []
        var hasGap = false
        var isFinished = false
        var waiter: CheckedContinuation<PostgresNotification?, Never>?

        mutating func next() -> PostgresNotification? {
            if !payloads.isEmpty { return .payload(payloads.removeFirst()) }
            guard hasGap else { return nil }
            hasGap = false
            return .gap
        }
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = max(1, limit) }

    func deliver(_ payload: String) {
        change { state in
            if state.hasGap { return }
            if state.payloads.count < limit { state.payloads.append(payload) } else { state.hasGap = true }
        }
    }

    func gap() { change { $0.hasGap = true } }

    func finish() { change { $0.isFinished = true } }

    /// The next notification; nil once finished or cancelled. Only one task may listen.
    func next() async -> PostgresNotification? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: PostgresNotification?? = state.withLock { state in
                    if let next = state.next() { return .some(next) }
                    if state.isFinished || Task.isCancelled || state.waiter != nil { return .some(nil) }
                    state.waiter = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            finish()
        }
    }

    private func change(_ body: (inout State) -> Void) {
        typealias Answer = (waiter: CheckedContinuation<PostgresNotification?, Never>, next: PostgresNotification?)
        let answer: Answer? = state.withLock { state in
            body(&state)
            guard let waiter = state.waiter else { return nil }
            let next = state.next()
            guard next != nil || state.isFinished else { return nil }
            state.waiter = nil
            return (waiter, next)
        }
        if let answer { answer.waiter.resume(returning: answer.next) }
    }
}
