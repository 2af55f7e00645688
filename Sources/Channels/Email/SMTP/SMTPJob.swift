import Synchronization

/// One mail to one address. It is settled once: by the connection that sent it, by its deadline, or by a shutdown,
/// whichever comes first.
final class SMTPJob: Sendable {
    private enum Answer {
        case open
        case awaited(CheckedContinuation<DeliveryOutcome, Never>)
        case settled(DeliveryOutcome)
    }

    let message: [UInt8]
    let from: MailAddress
    let to: MailAddress
    /// On the clock of `SystemClock.monotonic()`.
    let deadline: UInt64
    private let answer = Mutex(Answer.open)

    init(message: [UInt8], from: MailAddress, to: MailAddress, deadline: UInt64) {
        self.message = message
        self.from = from
        self.to = to
        self.deadline = deadline
    }

    var needsSMTPUTF8: Bool { from.needsSMTPUTF8 || to.needsSMTPUTF8 }

    var isSettled: Bool {
        answer.withLock { if case .settled = $0 { true } else { false } }
    }

    /// Only the first outcome counts.
    func settle(_ outcome: DeliveryOutcome) {
        let waiting: CheckedContinuation<DeliveryOutcome, Never>? = answer.withLock { answer in
            switch answer {
            case .open:
                answer = .settled(outcome)
                return nil
            case .awaited(let continuation):
                answer = .settled(outcome)
                return continuation
            case .settled:
                return nil
            }
        }
        waiting?.resume(returning: outcome)
    }

    /// Waits until the job is settled. Call it once.
    func outcome() async -> DeliveryOutcome {
        await withCheckedContinuation { continuation in
            let outcome: DeliveryOutcome? = answer.withLock { answer in
                guard case .settled(let outcome) = answer else {
                    answer = .awaited(continuation)
                    return nil
                }
                return outcome
            }
            if let outcome { continuation.resume(returning: outcome) }
        }
    }
}
