@testable import PostgresDriver
@testable import SQL
import Migrations
import Scheduling
import Synchronization
import Testing

@testable import AlmanacRuntime

@Suite(.needsPostgres, .ownDatabase, .serialized, .timeLimit(.minutes(2))) struct PostgresMigratorTests {
    private static let first = Migration(
        number: 1, name: "tables",
        sql: "CREATE TABLE lamps (id bigint PRIMARY KEY); CREATE TABLE shades (id bigint); INSERT INTO lamps VALUES (1)"
    )
    private static let second = Migration(
        number: 2, name: "names", sql: "ALTER TABLE lamps ADD name text"
    )

    private func migrator(_ migrations: Migration...) -> PostgresMigrator {
        PostgresMigrator(PostgresFixture.configuration(), migrations: migrations)
    }

    /// Each test starts from an empty database.
    private func clear() async throws {
        try await PostgresFixture.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    }

    @Test func anEmptyDatabaseGetsEveryMigrationInOrder() async throws {
        try await clear()
        let both = migrator(Self.second, Self.first)
        #expect(try await both.pendingCount() == 2)
        let told = Mutex<[Int]>([])
        let steps = try await both.migrate { step in told.withLock { $0.append(step.number) } }
        #expect(steps.map(\.number) == [1, 2])
        #expect(told.withLock { $0 } == [1, 2])
        #expect(try await both.pendingCount() == 0)
        #expect(try await both.migrate().isEmpty)
    }

    /// It must be possible to ask with a role that may only read.
    @Test func askingWhatIsPendingWritesNothing() async throws {
        try await clear()
        #expect(try await migrator(Self.first).pendingCount() == 1)
        try await PostgresFixture.withSession { session in
            let rows = try await session.query("SELECT to_regclass('schema_migrations') IS NULL")
            #expect(rows.map(\.values) == [[.bool(true)]])
        }
    }

    @Test func aLaterReleaseAppliesWhatIsNew() async throws {
        try await clear()
        try await migrator(Self.first).migrate()
        #expect(try await migrator(Self.first, Self.second).pendingCount() == 1)
        #expect(try await migrator(Self.first, Self.second).migrate().map(\.name) == ["names"])
    }

    @Test func anAlteredMigrationIsNamed() async throws {
        try await clear()
        try await migrator(Self.first).migrate()
        let altered = Migration(number: 1, name: "tables", sql: Self.first.sql + " ")
        let error = await #expect(throws: StoreError.self) { try await migrator(altered, Self.second).migrate() }
        #expect(error?.code == .schema)
        #expect(error?.context.contains("migration 1 ") == true)
    }

    @Test func aNewerSchemaIsNamed() async throws {
        try await clear()
        try await migrator(Self.first, Self.second).migrate()
        for ask in [
            { try await migrator(Self.first).migrate().count }, { try await migrator(Self.first).pendingCount() },
        ] {
            let error = await #expect(throws: StoreError.self) { try await ask() }
            #expect(error?.code == .schema)
            #expect(error?.context.contains("migration 2") == true)
        }
    }

    /// Half a migration is none: it runs again from its beginning.
    @Test func aMigrationThatFailsLeavesNothing() async throws {
        try await clear()
        try await PostgresFixture.execute("CREATE TABLE shades (other text)")
        let error = await #expect(throws: StoreError.self) { try await migrator(Self.first).migrate() }
        #expect(error?.code == .statement)
        #expect(error?.context.contains("42P07") == true && error?.context.contains("migration 1") == true)
        #expect(try await migrator(Self.first).pendingCount() == 1)
        try await PostgresFixture.execute("DROP TABLE shades")
        #expect(try await migrator(Self.first).migrate().count == 1)
    }

    @Test func whatWasAppliedBeforeAFailureStays() async throws {
        try await clear()
        let broken = Migration(number: 2, name: "broken", sql: "SELECT nothing")
        await #expect(throws: StoreError.self) { try await migrator(Self.first, broken).migrate() }
        #expect(try await migrator(Self.first, Self.second).migrate().map(\.number) == [2])
    }

    @Test func aMigrationThatEndsItsTransactionIsRefused() async throws {
        try await clear()
        let sly = Migration(number: 1, name: "sly", sql: "CREATE TABLE sly (id bigint); COMMIT")
        let error = await #expect(throws: StoreError.self) { try await migrator(sly).migrate() }
        #expect(error?.code == .statement)
        #expect(try await migrator(sly).pendingCount() == 1)
    }

    /// Each would fail on the other's tables if both ran.
    @Test func severalNodesMigrateAtOnce() async throws {
        try await clear()
        let steps = try await withThrowingTaskGroup(of: [Int].self) { group in
            for _ in 0..<6 {
                group.addTask { try await migrator(Self.first, Self.second).migrate().map(\.number) }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(steps.sorted() == [1, 2])
    }

    @Test func noServerIsUnavailable() async throws {
        let nowhere = PostgresMigrator(
            PostgresConfiguration(url: "postgres://127.0.0.1:1/none"), migrations: [Self.first]
        )
        let error = await #expect(throws: StoreError.self) { try await nowhere.migrate() }
        #expect(error?.code == .unavailable)
    }
}
