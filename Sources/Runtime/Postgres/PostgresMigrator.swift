public import Migrations
public import SQL
public import PostgresDriver
import Crypto

/// Brings a PostgreSQL database to this program's schema. Forward only.
///
/// Any number of nodes may do so at once: an advisory lock lets one node work, and the others find nothing left to do.
public struct PostgresMigrator: Sendable {
    public struct Step: Sendable, Hashable {
        public let number: Int
        public let name: String
    }

    /// "almanac" in ASCII: the number of the lock.
    private static let lock: Int64 = 0x61_6C_6D_61_6E_61_63

    private let sessions: PostgresSessions
    private let migrations: [Migration]

    /// - Parameter configuration: its session settings do not apply; `session` has those that do, such as `SET ROLE`.
    public init(_ configuration: PostgresConfiguration, session: [String] = [], migrations: [Migration]) {
        var configuration = configuration
        // A migration may take long, but its wait for locks is limited, because other statements queue behind it.
        configuration.session =
            ["SET statement_timeout = 0", "SET lock_timeout = '60s'", "SET timezone = 'UTC'"] + session
        sessions = PostgresSessions(configuration, limit: 1)
        self.migrations = migrations.sorted { $0.number < $1.number }
    }

    /// Applies each missing migration in its own transaction, and reports it.
    ///
    /// Throws ``StoreError/Code/schema`` if the database is newer than the program or an applied migration was changed.
    @discardableResult
    public func migrate(progress: @Sendable (Step) -> Void = { _ in }) async throws(StoreError) -> [Step] {
        try await withSession { session in
            // A login that may only use the schema finds it current, and writes nothing.
            if try await isThere(session), try await pending(session).isEmpty { return [] }
            // Its holder may take long: this wait has no limit. The lock ends with the session.
            try await session.execute("SET lock_timeout = 0")
            try await session.query("SELECT pg_advisory_lock($1)", [.integer(Self.lock)])
            try await session.execute("SET lock_timeout = '60s'")
            try await session.execute(Self.table)
            var steps: [Step] = []
            for migration in try await pending(session) {
                try await session.withTransaction { try await Self.apply(migration, $0) }
                let step = Step(number: migration.number, name: migration.name)
                progress(step)
                steps.append(step)
            }
            return steps
        }
    }

    /// Applies everything to a database that has nothing of it yet, and takes it back: whether ``migrate(progress:)`` would
    /// succeed there. False, and nothing done, where something was applied: it would stand in the way of those who serve.
    ///
    /// - Parameter body: looks at what would be there.
    public func rehearse(_ body: (PostgresSession) async throws -> Void) async throws(StoreError) -> Bool {
        struct TakenBack: Error {}
        return try await withSession { session in
            if try await isThere(session) { return false }
            try await session.execute("SET lock_timeout = '5s'")
            do {
                try await session.withTransaction { session in
                    try await session.execute(Self.table)
                    for migration in migrations { try await Self.apply(migration, session) }
                    try await body(session)
                    throw TakenBack()
                }
            } catch is TakenBack {}
            return true
        }
    }

    private static let table = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            number bigint PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        )
        """

    private static func apply(_ migration: Migration, _ session: PostgresSession) async throws {
        try await session.execute(migration.sql, label: "migration \(migration.number)")
        try session.checkTransaction()
        try await session.query(
            "INSERT INTO schema_migrations (number, name, checksum) VALUES ($1, $2, $3)",
            [.int(migration.number), .text(migration.name), .text(checksum(migration.sql))]
        )
    }

    /// How many migrations have yet to be applied. Writes nothing.
    public func pendingCount() async throws(StoreError) -> Int {
        try await withSession { session in
            guard try await isThere(session) else { return migrations.count }
            return try await pending(session).count
        }
    }

    private func isThere(_ session: PostgresSession) async throws -> Bool {
        try await session.query("SELECT to_regclass('schema_migrations') IS NOT NULL").first?.bool(0) == true
    }

    private func pending(_ session: PostgresSession) async throws -> [Migration] {
        let rows = try await session.query("SELECT number, checksum FROM schema_migrations ORDER BY number")
        var applied: Set<Int> = []
        for row in rows {
            let number = try row.int(0)
            guard let migration = migrations.first(where: { $0.number == number }) else {
                throw StoreError(.schema, "the database has migration \(number), which this program does not know")
            }
            guard try row.text(1) == Self.checksum(migration.sql) else {
                throw StoreError(.schema, "migration \(number) was altered after it had been applied")
            }
            applied.insert(number)
        }
        return migrations.filter { !applied.contains($0.number) }
    }

    private func withSession<T>(_ body: (PostgresSession) async throws -> T) async throws(StoreError) -> T {
        do {
            return try await sessions.withSession(body)
        } catch let error as StoreError {
            throw error
        } catch let error as PostgresError {
            throw error.storeError
        } catch {
            throw StoreError(.unavailable, "the migration was interrupted")
        }
    }

    private static func checksum(_ sql: String) -> String {
        SHA256.hash(data: Array(sql.utf8)).map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }
}
