public import SQL
import Glibc
import Synchronization

/// An exclusive advisory lock (`flock`) on a file itself, not on its name: whoever comes by a symbolic link, a hard link,
/// another folder or a bind mount meets the same lock. The kernel drops it with the process, so a dead one leaves none.
///
/// SQLite locks the same file by `fcntl`, which is another kind and does not meet this one. But whoever closes any
/// descriptor of a file drops all `fcntl` locks that its process has on it: so the file is opened once in a process, and
/// closed after SQLite has closed it.
public final class FileLock: Sendable {
    /// Which file a name leads to.
    struct Identity: Hashable {
        let device: UInt64
        let inode: UInt64

        /// Nil if the name leads nowhere.
        init?(path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            self.init(status)
        }

        init(_ status: stat) {
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
        }
    }

    /// The files that this process has locked.
    private static let held = Mutex<Set<Identity>>([])

    private let path: String
    private let identity: Identity
    private let descriptor: Mutex<Int32>

    /// Takes the lock of the file at `path` at once, or throws ``StoreError/Code/locked``.
    ///
    /// - Parameter creates: whether to make the file if it is not there; else that is an error.
    public init(path: String, creates: Bool = false) throws(StoreError) {
        if creates { PrivateFile.create(path) }
        guard let identity = Identity(path: path) else { throw Self.unavailable(path, errno) }
        guard Self.held.withLock({ $0.insert(identity).inserted }) else { throw Self.locked }
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        var failure = descriptor < 0 ? Self.unavailable(path, errno) : nil
        var opened = stat()
        if failure == nil, flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            failure = errno == EWOULDBLOCK ? Self.locked : Self.unavailable(path, errno)
        }
        // Between the two looks another file may have taken the name.
        if failure == nil, fstat(descriptor, &opened) != 0 || Identity(opened) != identity { failure = Self.locked }
        if let failure {
            if descriptor >= 0 { close(descriptor) }
            Self.held.withLock { _ = $0.remove(identity) }
            throw failure
        }
        self.path = path
        self.identity = identity
        self.descriptor = Mutex(descriptor)
    }

    /// Throws if the name leads to another file by now, or nowhere: what is written would be lost with the old one.
    func checkPlace() throws(StoreError) {
        guard Identity(path: path) != identity else { return }
        throw StoreError(.unavailable, "\(path) was moved or replaced while it was served: put it back, or restart")
    }

    public func release() {
        descriptor.withLock { descriptor in
            guard descriptor >= 0 else { return }
            // A process that is being started holds a copy of the descriptor for a moment: closing ours would not do.
            _ = flock(descriptor, LOCK_UN)
            close(descriptor)
            descriptor = -1
            Self.held.withLock { _ = $0.remove(identity) }
        }
    }

    deinit { release() }

    private static var locked: StoreError { StoreError(.locked, "another process has the database open") }

    private static func unavailable(_ path: String, _ error: Int32) -> StoreError {
        StoreError(.unavailable, "\(path) cannot be opened and locked: \(String(cString: strerror(error)))")
    }
}
