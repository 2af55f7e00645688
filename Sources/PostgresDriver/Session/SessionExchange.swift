import SQL
import Connecting
import CPostgres
import Dispatch
import Glibc
import Synchronization

/// The blocking half of a session, on the session's thread; any thread may use `cancel` and the flags.
///
///     open ──run──► running ──answer──► open
///      │               │ └──cancel──► cancelled: the statement ends, nothing runs after it
///      └──close────────┴──connection lost, no answer to the cancel──► closed
final class SessionExchange: Sendable {
    private struct State {
        /// When the server was asked to stop the statement; the session then accepts nothing more.
        var cancelledAt: UInt64?
        var isRunning = false
        var transaction = PQTRANS_IDLE
    }

    private static let cancelling = DispatchQueue(label: "almanac.postgres.cancel")

    private let link: Mutex<Link?>
    private let canceller: Canceller
    private let patience: UInt64
    private let state = Mutex(State())

    private init(_ link: Link, _ canceller: Canceller, patience: UInt64) {
        self.link = Mutex(link)
        self.canceller = canceller
        self.patience = patience
    }

    static func open(_ configuration: PostgresConfiguration) -> Result<SessionExchange, PostgresError> {
        let deadline = MonotonicTime.now() + configuration.connectTimeout.nanoseconds
        guard
            let link = Link.start(
                url: configuration.url, applicationName: configuration.applicationName, keepsWords: true
            )
        else { return notConnected("no memory") }
        var events = Int16(POLLOUT)
        while true {
            if link.isBad { return notConnected(link.failure, words: link.words) }
            guard wait(link, events, until: deadline) else { return notConnected("timeout") }
            switch link.poll() {
            case PGRES_POLLING_READING: events = Int16(POLLIN)
            case PGRES_POLLING_WRITING: events = Int16(POLLOUT)
            case PGRES_POLLING_OK:
                guard link.setNonBlocking(), let canceller = link.canceller() else { return notConnected("no memory") }
                return .success(SessionExchange(link, canceller, patience: configuration.patience.nanoseconds))
            default:
                return notConnected(link.failure, words: link.words)
            }
        }
    }

    private static func notConnected(
        _ why: String, words: String? = nil
    ) -> Result<SessionExchange, PostgresError> {
        .failure(PostgresError(.unavailable, "not connected to PostgreSQL: \(why)", words: words))
    }

    var isIdle: Bool { state.withLock { $0.transaction == PQTRANS_IDLE } }
    var isInTransaction: Bool { state.withLock { $0.transaction == PQTRANS_INTRANS } }

    /// Asks the server to stop the statement, and prevents any other.
    func cancel() {
        let isRunning = state.withLock { state in
            if state.cancelledAt == nil { state.cancelledAt = MonotonicTime.now() }
            return state.isRunning
        }
        if isRunning { Self.cancelling.async { [canceller] in canceller.cancel() } }
    }

    func close() { link.withLock { $0 = nil } }

    /// Sends something and waits for all of its results. Blocks.
    func run(_ label: String, _ send: (Link) -> Bool) -> Result<[ResultBuffer], PostgresError> {
        let mayRun = state.withLock { state in
            if state.cancelledAt == nil { state.isRunning = true }
            return state.isRunning
        }
        guard mayRun else { return .failure(PostgresError(.unavailable, "the session was cancelled")) }
        let result: Result<[ResultBuffer], PostgresError> = link.withLock { link in
            guard let open = link, !open.isBad else {
                return .failure(PostgresError(.unavailable, "the session is closed"))
            }
            if send(open), let answer = receive(open, label) { return answer }
            link = nil
            return .failure(PostgresError(.lost(.write)))
        }
        let transaction = link.withLock { $0?.transaction ?? PQTRANS_IDLE }
        state.withLock { state in
            state.isRunning = false
            state.transaction = transaction
        }
        return result
    }

    /// Nil if the connection is lost.
    private func receive(_ link: Link, _ label: String) -> Result<[ResultBuffer], PostgresError>? {
        var results: [ResultBuffer] = []
        var failure: PostgresError?
        while true {
            guard let isWritten = link.flush() else { return nil }
            let events = Int16(POLLIN) | (isWritten ? 0 : Int16(POLLOUT))
            if link.isBusy || !isWritten {
                let hasEvents = Self.wait(link, events, until: MonotonicTime.now() + 1_000_000_000)
                if let since = state.withLock({ $0.cancelledAt }) {
                    if MonotonicTime.now() > since + patience { return nil }
                    // The first request may have reached the server before the statement.
                    if !hasEvents { cancel() }
                }
                guard link.consume() else { return nil }
                continue
            }
            guard let result = link.result().map({ ResultBuffer($0) }) else {
                return failure.map { .failure($0) } ?? .success(results)
            }
            switch result.status {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: results.append(result)
            case PGRES_FATAL_ERROR:
                guard let error = result.error(label, keepsWords: true), !link.isBad else { return nil }
                failure = failure ?? error
            // A COPY would wait for data.
            default: return nil
            }
        }
    }

    /// Whether something of it happened before the deadline.
    private static func wait(_ link: Link, _ events: Int16, until deadline: UInt64) -> Bool {
        var descriptor = pollfd(fd: link.socket, events: events, revents: 0)
        let now = MonotonicTime.now()
        guard now < deadline else { return false }
        return Glibc.poll(&descriptor, 1, Int32(clamping: (deadline - now) / 1_000_000 + 1)) > 0
    }
}
