public import SQL
import Foundation
import GRDB
public import Scheduling
import Synchronization

/// The synchronous half of the SQLite driver: opens the file, ensures durability, runs reads and batches.
///
/// `SQLiteDatabase` calls it from its own threads; simulations call it directly, so that they see the real SQL.
public final class SQLiteStore: Sendable {
    private let pool: any DatabaseWriter
    /// The file's path, for errors; nil in memory.
    private let path: String?
    private let lock: FileLock?
    /// The write-ahead log that is written to; nil until it is known.
    private let log = Mutex<FileLock.Identity?>(nil)
    /// A lock file beside the database, the only lock that earlier programs check.
    private let formerLock: FileLock?

    /// Opens the file at `path`, creating it and its folder.
    ///
    /// - Parameter isExclusive: whether to refuse a database that another process serves. Only a tool that adds rows
    ///   which no actor caches may pass false.
    public init(path: String, readers: Int = 2, isExclusive: Bool = true) throws(StoreError) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            let reason = ((error as? CocoaError)?.underlying as? POSIXError)?.code.rawValue
            // What there is of that name is a file.
            throw FileLock.cannotOpen(folder, reason.map { $0 == EEXIST ? ENOTDIR : $0 } ?? ENOTDIR)
        }
        self.path = path
        // It has personal data; SQLite gives the files beside it the same mode.
        if let reason = PrivateFile.ensure(path) { throw FileLock.cannotOpen(path, reason) }
        let lock = isExclusive ? try FileLock(path: path) : nil
        formerLock = isExclusive ? try FileLock(path: path + ".lock", creates: true) : nil
        self.lock = lock
        var configuration = GRDB.Configuration()
        configuration.maximumReaderCount = readers
        configuration.busyMode = .timeout(5)
        configuration.foreignKeysEnabled = true
        configuration.acceptsDoubleQuotedStringLiterals = false
        configuration.prepareDatabase { db in
            // A booking touches some twenty trees. Their upper pages should stay in memory (32 MiB), and pages that
            // change with every batch should be copied back from the log only now and then.
            try db.execute(sql: "PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 8192")
        }
        let pool = try storeErrors("open of \(path)") { try DatabasePool(path: path, configuration: configuration) }
        // GRDB sets synchronous to NORMAL when it turns WAL on; a booking answered must survive a power cut.
        try storeErrors("pragma") {
            try pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA synchronous = FULL")
                // A server has the file to itself: what locks it is an outage, and an outage is answered at once.
                if isExclusive { try db.execute(sql: "PRAGMA busy_timeout = 50") }
            }
        }
        self.pool = pool
        // Check that SQLite has opened the locked file.
        try lock?.checkPlace()
        try assertDurability(journal: "wal")
        // A disk that takes no writes is told by the probe, not here.
        try? touch()
    }

    /// A database in memory, for tests and simulations.
    public init(inMemory: Void) throws(StoreError) {
        path = nil
        lock = nil
        formerLock = nil
        var configuration = GRDB.Configuration()
        configuration.foreignKeysEnabled = true
        pool = try storeErrors("open") { try DatabaseQueue(configuration: configuration) }
    }

    private func assertDurability(journal: String) throws(StoreError) {
        let (synchronous, mode) = try storeErrors("pragma") {
            try pool.writeWithoutTransaction { db in
                (
                    try Int.fetchOne(db, sql: "PRAGMA synchronous"),
                    try String.fetchOne(db, sql: "PRAGMA journal_mode")
                )
            }
        }
        guard synchronous == 2 else { throw StoreError(.durability, "PRAGMA synchronous is not FULL") }
        guard mode == journal else { throw StoreError(.durability, "PRAGMA journal_mode is not \(journal)") }
    }

    /// Runs a read on a connection of its own.
    public func query(_ sql: String, _ arguments: [SQLValue]) throws(StoreError) -> [SQLRow] {
        try storeErrors(sql, path) {
            try pool.read { db in
                let statement = try db.cachedStatement(sql: SQLiteStatement.positional(sql))
                let rows = try Row.fetchCursor(statement, arguments: SQLiteStatement.arguments(arguments))
                var result: [SQLRow] = []
                while let row = try rows.next() { result.append(SQLiteStatement.row(row)) }
                return result
            }
        }
    }

    /// Runs statements outside the commit log: migrations and tools.
    func write<T>(_ context: String, _ body: (GRDB.Database) throws -> T) throws(StoreError) -> T {
        try storeErrors(context, path) { try pool.writeWithoutTransaction(body) }
    }

    /// Tests whether bookings can be written, also while another process serves the database.
    public static func tryWrite(path: String) throws(StoreError) {
        try SQLiteFiles(path: path).check()
        let store = try SQLiteStore(path: path, readers: 1, isExclusive: false)
        defer { store.close() }
        try store.touch()
    }

    /// Rewrites and flushes a value: the file's `user_version`, which nothing else uses.
    public func touch() throws(StoreError) {
        try checkFiles()
        try storeErrors("probe") {
            try pool.writeWithoutTransaction { db in
                try db.inTransaction(.immediate) {
                    try db.execute(sql: "PRAGMA user_version = 0")
                    return .commit
                }
            }
        }
        if let path, lock != nil { log.withLock { $0 = $0 ?? FileLock.Identity(path: path + "-wal") } }
    }

    /// Throws if the file, or the write-ahead log beside it, is not the one that is written to: what is written would be
    /// lost with the next start.
    private func checkFiles() throws(StoreError) {
        try lock?.checkPlace()
        guard let path, let known = log.withLock({ $0 }) else { return }
        guard FileLock.Identity(path: path + "-wal") != known else { return }
        // What was answered is in the old log alone, which is open still: it goes into the file.
        try? pool.writeWithoutTransaction { _ = try $0.checkpoint(.full) }
        throw StoreError(.unavailable, "\(path)-wal was removed or replaced while it was served: restart")
    }

    /// The errors that SQLite's own quick check finds in the file; empty if it is sound.
    public func damage() throws(StoreError) -> [String] {
        try storeErrors("quick_check", path) {
            try pool.read { try String.fetchAll($0, sql: "PRAGMA quick_check(5)") }.filter { $0 != "ok" }
        }
    }

    /// Checks that it can be read, and that writes to it stay.
    public func ping() throws(StoreError) {
        try checkFiles()
        _ = try query("SELECT 1", [])
    }

    public func openHead(_ calendar: ID, of organization: ID) throws(StoreError) -> Head? {
        try storeErrors("openHead", path) {
            try pool.write { db in
                let statement = try db.cachedStatement(
                    sql: """
                        UPDATE calendar_heads SET generation = generation + 1
                        WHERE calendar_id = ?1
                            AND EXISTS (SELECT 1 FROM calendars WHERE id = ?1 AND organization_id = ?2)
                        RETURNING generation, seq,
                            (SELECT version FROM calendars WHERE id = ?1),
                            (SELECT layers_version FROM calendars WHERE id = ?1),
                            (SELECT COUNT(*) FROM calendar_shares WHERE calendar_id = ?1 AND deleted_at IS NULL)
                        """
                )
                let arguments: StatementArguments = [
                    SQLiteStatement.databaseValue(.id(calendar)), SQLiteStatement.databaseValue(.id(organization)),
                ]
                let row = try Row.fetchOne(statement, arguments: arguments)
                return row.map {
                    Head(
                        generation: $0[0], seq: $0[1],
                        edition: Head.Edition(settings: $0[2], openingRules: $0[3], shares: $0[4])
                    )
                }
            }
        }
    }

    /// Writes a batch in one transaction, a savepoint for each change.
    public func commit(_ batch: [Change]) -> [CommitOutcome] {
        do throws(StoreError) { try checkFiles() } catch { return batch.map { _ in .failed(error) } }
        return pool.writeWithoutTransaction { db in SQLiteBatch(db).write(batch) }
    }

    public func close() {
        try? pool.close()
        lock?.release()
        formerLock?.release()
    }
}

/// Runs a body of GRDB calls; its error becomes a ``StoreError`` without values.
func storeErrors<T>(_ context: String, _ path: String? = nil, _ body: () throws -> T) throws(StoreError) -> T {
    do {
        return try body()
    } catch let error as StoreError {
        throw error
    } catch let error as GRDB.DatabaseError {
        let words = context.split(whereSeparator: \.isWhitespace).prefix(6).joined(separator: " ")
        let statement = words + (path.map { " of \($0)" } ?? "")
        if error.resultCode == .SQLITE_NOTADB {
            throw StoreError(.corrupt, "\(statement): the file is not a database (SQLITE_NOTADB)")
        }
        let code: StoreError.Code =
            switch error.resultCode {
            case .SQLITE_ERROR, .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_MISUSE, .SQLITE_RANGE: .statement
            default: .unavailable
            }
        throw StoreError(code, "\(error.extendedResultCode.name) in \(statement)")
    } catch {
        throw StoreError(.unavailable, "the database is closed")
    }
}
