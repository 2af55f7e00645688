import Foundation
import Glibc

/// Threads that libcurl may block.
enum SMTPThread {
    /// Starts a thread that a connection closed by the server cannot kill the process from. OpenSSL writes in a way that
    /// may raise SIGPIPE, and libcurl, told to leave signals alone (`CURLOPT_NOSIGNAL`), does not turn it off.
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
