import Scheduling
import Synchronization
import Testing

@testable import AlmanacRuntime

@Suite(.needsPostgres, .ownDatabase, .serialized) struct PostgresMigratorTests {
    private static let first = PostgresMigrator.Migration(
        number: 1, name: "tables",
        sql: "CREATE TABLE lamps (id bigint PRIMARY KEY); CREATE TABLE shades (id bigint); INSERT INTO lamps VALUES (1)"
    )
    private static let second = PostgresMigrator.Migration(
        number: 2, name: "names", sql: "ALTER TABLE lamps ADD name text"
    )

    private func migrator(_ migrations: PostgresMigrator.Migration...) -> PostgresMigrator {
        PostgresMigrator(PostgresFixture.configuration(), migrations: migrations)
    }

    /// Each test starts from an empty database.
    private func clear() async throws {
        try await PostgresFixture.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    }

    @Test func anEmptyDatabaseGetsEveryMigrationInOrder() async throws {
        try await clear()
        #expect(try await migrator(Self.first, Self.second).pendingCount() == 2)
        let told = Mutex<[Int]>([])
        let steps = try await migrator(Self.second, Self.first).migrate { step in
            told.withLock { $0.append(step.number) }
        }
        #expect(steps.map(\.number) == [1, 2])
        #expect(told.withLock { $0 } == [1, 2])
        #expect(try await migrator(Self.first, Self.second).pendingCount() == 0)
        #expect(try await migrator(Self.first, Self.second).migrate().isEmpty)
    }
}
