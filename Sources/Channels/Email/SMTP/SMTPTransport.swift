import AlmanacRuntime
import Scheduling

/// Sends mails to one server (RFC 5321), each to one recipient, over a few connections that stay open.
///
///     send ─► SMTPQueue ─► thread 1: SMTPConnection ─► server
///                      └─► thread 2: SMTPConnection ─► server
///
/// libcurl blocks, so each connection has its own thread. Callers only wait.
public final class SMTPTransport: Sendable {
    /// A connection closes after this many seconds without a mail.
    private static let idleSeconds = 30
    /// How many mails may wait for each connection.
    private static let waitingPerConnection = 64

    private let queue: SMTPQueue
    private let clock: any WallClock

    /// - Parameter hostname: the name of this host in EHLO.
    init(_ mail: EmailSettings, hostname: String, clock: any WallClock) {
        let queue = SMTPQueue(capacity: mail.connections * Self.waitingPerConnection, threads: mail.connections)
        self.queue = queue
        self.clock = clock
        for number in 1...max(1, mail.connections) {
            SMTPThread.start("smtp-\(number)") { Self.work(queue, mail, hostname) }
        }
    }

    deinit {
        queue.close()
        queue.abort()
    }

    /// Makes one attempt and returns by the deadline.
    ///
    /// - Returns: `delivered` once the server has accepted the message (250 to its last line, RFC 5321 §4.1.1.4).
    func send(_ message: [UInt8], from: MailAddress, to: MailAddress, deadline: Instant) async -> DeliveryOutcome {
        let left = deadline - clock.now()
        let late = DeliveryOutcome.retry(afterSeconds: nil, reason: "the deadline passed")
        guard left > 0 else { return late }
        let job = SMTPJob(
            message: message, from: from, to: to, deadline: SystemClock.monotonic() + UInt64(left) * 1_000)
        guard queue.add(job) else {
            return .retry(afterSeconds: nil, reason: "the mail channel is full or shutting down")
        }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // A cancelled caller still needs to know whether the mail was sent, so it goes on waiting for the job.
                guard (try? await Task.sleep(for: .microseconds(left))) != nil else { return }
                job.settle(late)
            }
            let outcome = await job.outcome()
            group.cancelAll()
            return outcome
        }
    }

    /// Takes no more mails, lets running sends end within `grace`, then aborts them. Returns when all threads have
    /// ended.
    func close(within grace: Duration) async {
        queue.close()
        await withTaskGroup(of: Void.self) { group in
            let queue = queue
            group.addTask {
                // A cancelled task gives no grace.
                try? await Task.sleep(for: grace)
                queue.abort()
            }
            await queue.ended()
            group.cancelAll()
        }
    }

    private static func work(_ queue: SMTPQueue, _ mail: EmailSettings, _ hostname: String) {
        var connection: SMTPConnection?
        while true {
            switch queue.next(idleAfter: idleSeconds) {
            case .job(let job):
                // The job may have waited past its deadline.
                guard !job.isSettled else { continue }
                connection = connection ?? SMTPConnection(mail, hostname: hostname) { queue.isAborted }
                job.settle(connection?.send(job) ?? .retry(afterSeconds: nil, reason: "libcurl cannot be used"))
            case .idle:
                connection = nil
            case .closed:
                connection = nil
                queue.threadEnded()
                return
            }
        }
    }
}
