public import SQL
import Crypto
import GRDB
import Migrations

/// Brings a SQLite database to this program's schema. Forward only.
public struct SQLiteMigrator {
    public struct Step: Sendable {
        public let number: Int
        public let name: String
    }

    private let store: SQLiteStore
    private let migrations: [Migration]

    public init(_ store: SQLiteStore) { self.init(store, migrations: SQLiteMigrations.all) }

    init(_ store: SQLiteStore, migrations: [Migration]) {
        self.store = store
        self.migrations = migrations
    }

    /// Applies each missing migration in its own transaction, and reports it.
    ///
    /// Throws ``StoreError/Code/schema`` if the database is newer than the program or an applied migration was changed.
    @discardableResult
    public func migrate(progress: (Step) -> Void = { _ in }) throws(StoreError) -> [Step] {
        let pending = try self.pending()
        for migration in pending {
            try store.write("migration \(migration.number)") { db in
                try db.inTransaction(.immediate) {
                    try db.execute(sql: migration.sql)
                    try db.execute(
                        sql: "INSERT INTO schema_migrations VALUES (?, ?, ?, unixepoch())",
                        arguments: [migration.number, migration.name, Self.checksum(migration.sql)]
                    )
                    return .commit
                }
            }
            progress(Step(number: migration.number, name: migration.name))
        }
        return pending.map { Step(number: $0.number, name: $0.name) }
    }

    /// How many migrations have yet to be applied.
    public func pendingCount() throws(StoreError) -> Int { try pending().count }

    /// The migrations that have yet to be applied.
    func pending() throws(StoreError) -> [Migration] {
        let applied = try store.write("schema_migrations") { db in
            try db.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS schema_migrations (
                        number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL,
                        applied_at INTEGER NOT NULL
                    )
                    """
            )
            return try Row.fetchAll(db, sql: "SELECT number, checksum FROM schema_migrations ORDER BY number")
                .map { (number: $0[0] as Int, checksum: $0[1] as String) }
        }
        let known = migrations
        for (number, checksum) in applied {
            guard let migration = known.first(where: { $0.number == number }) else {
                throw StoreError(.schema, "the database has migration \(number), which this program does not know")
            }
            guard Self.checksum(migration.sql) == checksum else {
                throw StoreError(.schema, "migration \(number) was altered after it had been applied")
            }
        }
        return known.filter { migration in !applied.contains { $0.number == migration.number } }
    }

    private static func checksum(_ sql: String) -> String {
        SHA256.hash(data: Array(sql.utf8)).map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }
}
