import CPostgres
import Dispatch

/// Begins connections on its own thread: `PQconnectStart` resolves names, and a slow name server must not stop working
/// connections (libpq manual §34.1, `PQconnectStartParams`).
struct Dialer: Sendable {
    private let url: String
    private let applicationName: String
    private let queue: DispatchQueue

    init(url: String, applicationName: String, label: String = "almanac.postgres.dialer") {
        self.url = url
        self.applicationName = applicationName
        queue = DispatchQueue(label: label)
    }

    /// Calls `done` on the dialer's thread with a connection that has begun.
    func dial(_ done: @escaping @Sendable (Link?) -> Void) {
        queue.async { done(Link.start(url: url, applicationName: applicationName)) }
    }
}
