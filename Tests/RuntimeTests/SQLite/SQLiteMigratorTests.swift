@testable import SQL
import GRDB
import Migrations
import Testing

@testable import AlmanacRuntime

@Suite struct SQLiteMigratorTests {
    private func execute(_ sql: String, in store: SQLiteStore) throws {
        try store.write("test") { try $0.execute(sql: sql) }
    }

    @Test func anEmptyDatabaseGetsEveryMigrationInOrder() throws {
        let store = try SQLiteStore(inMemory: ())
        var told: [Int] = []
        let steps = try SQLiteMigrator(store).migrate { told.append($0.number) }
        #expect(steps.map(\.number) == SQLiteMigrations.all.map(\.number))
        #expect(told == steps.map(\.number))
        #expect(told == told.sorted())
        #expect(try store.query("SELECT 1 FROM time_slots", []).isEmpty)
    }

    @Test func aMigratedDatabaseNeedsNothing() throws {
        let store = try SQLiteStore(inMemory: ())
        try SQLiteMigrator(store).migrate()
        #expect(try SQLiteMigrator(store).migrate().isEmpty)
        #expect(try SQLiteMigrator(store).pending().isEmpty)
    }

    @Test func anAlteredMigrationIsNamed() throws {
        let store = try SQLiteStore(inMemory: ())
        try SQLiteMigrator(store).migrate()
        try execute("UPDATE schema_migrations SET checksum = 'x' WHERE number = 1", in: store)
        let error = #expect(throws: StoreError.self) { try SQLiteMigrator(store).migrate() }
        #expect(error?.code == .schema)
        #expect(error?.context.contains("migration 1 ") == true)
    }

    @Test func aNewerSchemaIsNamed() throws {
        let store = try SQLiteStore(inMemory: ())
        try SQLiteMigrator(store).migrate()
        try execute("INSERT INTO schema_migrations VALUES (9999, 'later', 'x', 0)", in: store)
        let error = #expect(throws: StoreError.self) { try SQLiteMigrator(store).migrate() }
        #expect(error?.code == .schema)
        #expect(error?.context.contains("9999") == true)
    }

    /// Half a migration is none: it runs again from its beginning.
    @Test func aMigrationThatFailsLeavesNothing() throws {
        let store = try SQLiteStore(inMemory: ())
        try execute("CREATE TABLE audit_log (x)", in: store)
        #expect(throws: StoreError.self) { try SQLiteMigrator(store).migrate() }
        #expect(throws: StoreError.self) { try store.query("SELECT 1 FROM organizations", []) }
        try execute("DROP TABLE audit_log", in: store)
        #expect(try SQLiteMigrator(store).migrate().count == SQLiteMigrations.all.count)
    }
}
