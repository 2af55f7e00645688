public import SQL
import GRDB
import Glibc
import Synchronization

/// An exclusive advisory lock (`flock`) on a file itself, not on its name: a symbolic link, a hard link, another folder
/// or a bind mount leads to the same lock. The kernel drops it with the process, so a dead process leaves none.
///
/// SQLite locks the same file by `fcntl`, an independent kind of lock. But closing any descriptor of a file drops all
/// `fcntl` locks that the process has on it. So a process opens the file once, and closes it after SQLite has closed
/// it.
public final class FileLock: Sendable {
    /// The file to which a name leads.
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
    /// - Parameter creates: whether to create a missing file; otherwise a missing file is an error.
    public init(path: String, creates: Bool = false) throws(StoreError) {
        if creates, let reason = PrivateFile.ensure(path) { throw Self.cannotOpen(path, reason) }
        guard let identity = Identity(path: path) else { throw Self.cannotOpen(path, errno) }
        guard Self.held.withLock({ $0.insert(identity).inserted }) else { throw Self.locked }
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        var failure = descriptor < 0 ? Self.cannotOpen(path, errno) : nil
        var opened = stat()
        if failure == nil, flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            failure = errno == EWOULDBLOCK ? Self.locked : Self.cannotOpen(path, errno)
        }
        // Another file may have taken the name in between.
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

    /// Throws if the name now leads to another file, or nowhere: writes would be lost with the old file.
    func checkPlace() throws(StoreError) {
        guard Identity(path: path) != identity else { return }
        throw StoreError(.unavailable, "\(path) was moved or replaced while it was served: put it back, or restart")
    }

    public func release() {
        descriptor.withLock { descriptor in
            guard descriptor >= 0 else { return }
            // A process that is being started has a copy of the descriptor for a moment, so closing ours is not enough.
            _ = flock(descriptor, LOCK_UN)
            close(descriptor)
            descriptor = -1
            Self.held.withLock { _ = $0.remove(identity) }
        }
    }

    deinit { release() }

    private static var locked: StoreError { StoreError(.locked, "another process has the database open") }

    /// As SQLite names it where it meets the same, with the system's reason.
    static func cannotOpen(_ path: String, _ error: Int32) -> StoreError {
        let name = ResultCode.SQLITE_CANTOPEN.name
        return StoreError(.unavailable, "\(name) in open of \(path): \(String(cString: strerror(error)))")
    }
}
