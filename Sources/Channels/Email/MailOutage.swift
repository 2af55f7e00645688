import AlmanacRuntime
import Logging
import Scheduling
import Synchronization

/// Logs that mail waits because the mail server fails: at once, then at intervals, and when the failure is over.
final class MailOutage: Sendable {
    private struct State {
        var waiting: Set<ID> = []
        var toldAt: Instant?
    }

    /// Seconds from one warning to the next.
    static let pause: Int64 = 300
    /// The most messages that are counted.
    static let maxCounted = 100_000

    private let logger: Logger
    private let state = Mutex(State())

    init(logger: Logger) { self.logger = logger }

    /// Notes the outcome of an attempt. A refusal of one message says nothing about the server.
    func note(_ outcome: DeliveryOutcome, of delivery: ID, now: Instant) {
        switch outcome {
        case .retry(_, let reason) where SMTPAttempt.isOfTheServer(reason): failed(delivery, reason, now)
        case .delivered: ended()
        case .retry, .rejected, .deferred: break
        }
    }

    private func failed(_ delivery: ID, _ reason: String, _ now: Instant) {
        let count: Int? = state.withLock { state in
            if state.waiting.count < Self.maxCounted { state.waiting.insert(delivery) }
            if let toldAt = state.toldAt, toldAt <= now, now < toldAt.adding(seconds: Self.pause) { return nil }
            state.toldAt = now
            return state.waiting.count
        }
        guard let count else { return }
        logger.warning(
            "mail server cannot be reached or used, \(count == 1 ? "1 message waits" : "\(count) messages wait")",
            metadata: ["reason": "\(reason)"]
        )
    }

    private func ended() {
        let wasTold = state.withLock { state in
            defer { state = State() }
            return state.toldAt != nil
        }
        if wasTold { logger.notice("mail server takes mail again") }
    }
}
