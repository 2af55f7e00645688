import SQL
import Glibc
import Synchronization

/// Checks that a database's files still exist, are the same, and can be written.
///
/// Never opens them: closing one would drop SQLite's locks on it (fcntl(2)).
final class SQLiteFiles: Sendable {
    private struct Identity: Equatable {
        let device: UInt64
        let inode: UInt64
    }

    /// With less free space, the next booking may not fit.
    static let leastFreeBytes: UInt64 = 1 << 20

    private let path: String
    private let opened: Identity?

    /// - Parameter path: of a database that is open.
    init(path: String) {
        self.path = path
        opened = Self.identity(path)
    }

    func check() throws(StoreError) {
        guard let identity = Self.identity(path) else {
            throw StoreError(.unavailable, "the database file is gone (SQLITE_CANTOPEN: \(Self.reason))")
        }
        guard identity == opened else { throw StoreError(.unavailable, "the database file was replaced by another") }
        for file in [path, path + "-wal"] where access(file, W_OK) != 0 && errno != ENOENT {
            throw StoreError(.unavailable, "the database file cannot be written (SQLITE_READONLY: \(Self.reason))")
        }
        var space = statvfs()
        if statvfs(path, &space) == 0, space.f_blocks > 0 {
            let blocks = geteuid() == 0 ? space.f_bfree : space.f_bavail
            guard UInt64(blocks) * UInt64(space.f_frsize) >= Self.leastFreeBytes else {
                throw StoreError(.unavailable, "the disk of the database is full (SQLITE_FULL)")
            }
        }
    }

    private static func identity(_ path: String) -> Identity? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_nlink > 0 else { return nil }
        return Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    private static var reason: String { String(cString: strerror(errno)) }
}
