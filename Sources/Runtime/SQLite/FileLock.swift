import Glibc
import Synchronization

/// An exclusive advisory lock on a file. The kernel drops it with the process, so a dead one leaves none.
public final class FileLock: Sendable {
    private let descriptor: Mutex<Int32>

    /// Takes the lock at once or throws ``StoreError/Code/locked``.
    public init(path: String) throws(StoreError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError(.unavailable, "the lock file cannot be opened (errno \(errno))") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw StoreError(.locked, "another process has the database open")
        }
        self.descriptor = Mutex(descriptor)
    }

    public func release() {
        descriptor.withLock { descriptor in
            guard descriptor >= 0 else { return }
            close(descriptor)
            descriptor = -1
        }
    }

    deinit { release() }
}
