import Foundation
import Glibc

/// Threads that libcurl may block.
enum SMTPThread {
    /// Starts a thread that blocks SIGPIPE, so that a connection closed by the server cannot kill the process.
    /// OpenSSL's writes may raise SIGPIPE, and with `CURLOPT_NOSIGNAL` libcurl does not prevent that.
    static func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let thread = Thread {
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, SIGPIPE)
            pthread_sigmask(SIG_BLOCK, &signals, nil)
            body()
        }
        thread.name = name
        thread.start()
    }
}
