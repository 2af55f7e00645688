public import SQL
import Dispatch
public import Scheduling
import Synchronization

/// The embedded database. It works on its own threads, never on the cooperative pool, and is never cancelled: a client
/// that hangs up must not roll back a batch.
public final class SQLiteDatabase: Database {
    public let store: SQLiteStore
    private let writer = DispatchQueue(label: "almanac.sqlite.writer", qos: .userInitiated)
    private let readers: [DispatchQueue]
    private let turn = Atomic<Int>(0)
    private let files: SQLiteFiles
    /// Why nothing is written for now; probes set and clear it.
    private let refusal = Mutex<StoreError?>(nil)

    /// - Parameter isExclusive: see ``SQLiteStore``.
    public init(path: String, readers: Int = 2, isExclusive: Bool = true) throws(StoreError) {
        store = try SQLiteStore(path: path, readers: readers, isExclusive: isExclusive)
        files = SQLiteFiles(path: path)
        self.readers = (0..<max(1, readers)).map { DispatchQueue(label: "almanac.sqlite.reader.\($0)") }
    }

    /// Only the statement selects the tenant's rows: SQLite has no users.
    public func query(
        _ sql: String, _ arguments: [SQLValue], for organization: ID
    ) async throws(StoreError) -> [SQLRow] {
        try await read { store throws(StoreError) in try store.query(sql, arguments) }
    }

    public func query(_ read: NamedRead, _ arguments: [SQLValue]) async throws(StoreError) -> [SQLRow] {
        try await self.read { store throws(StoreError) in try store.query(read.sql, arguments) }
    }

    private func read(
        _ work: @escaping @Sendable (SQLiteStore) throws(StoreError) -> [SQLRow]
    ) async throws(StoreError) -> [SQLRow] {
        let index = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        let store = store
        return try await perform(on: readers[Int(UInt(bitPattern: index) % UInt(readers.count))]) {
            () throws(StoreError) in try work(store)
        }.get()
    }

    public func commit(_ batch: [Change]) async -> [CommitOutcome] {
        if let refusal = refusal.withLock({ $0 }) { return batch.map { _ in .failed(refusal) } }
        let store = store
        return await withCheckedContinuation { continuation in
            writer.async { continuation.resume(returning: store.commit(batch)) }
        }
    }

    public func openHead(
        _ calendar: ID, of organization: ID, under tenure: Tenure?
    ) async throws(StoreError) -> Head? {
        if let refusal = refusal.withLock({ $0 }) { throw refusal }
        let store = store
        return try await perform(on: writer) { () throws(StoreError) in
            try store.openHead(calendar, of: organization)
        }.get()
    }

    public func ping() async throws(StoreError) {
        _ = try await read { store throws(StoreError) in
            try store.ping()
            return []
        }
    }

    /// Until a probe succeeds again, nothing is written: a file without a name would lose it, and a file that somebody
    /// else has locked would keep each caller waiting.
    public func probe() async throws(StoreError) {
        let (store, files) = (store, files)
        let result = await perform(on: writer) { () throws(StoreError) in
            try files.check()
            try store.touch()
        }
        switch result {
        case .success: refusal.withLock { $0 = nil }
        case .failure(let error):
            let refused = StoreError(.unavailable, error.context)
            refusal.withLock { $0 = refused }
            throw refused
        }
    }

    private func perform<T: Sendable>(
        on queue: DispatchQueue, _ work: @escaping @Sendable () throws(StoreError) -> T
    ) async -> Result<T, StoreError> {
        await withCheckedContinuation { continuation in
            queue.async {
                let result: Result<T, StoreError>
                do throws(StoreError) { result = .success(try work()) } catch { result = .failure(error) }
                continuation.resume(returning: result)
            }
        }
    }
}
