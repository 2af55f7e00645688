@testable import PostgresDriver
@testable import SQL
import Logging
import Scheduling
import Migrations
import Testing

@testable import AlmanacRuntime

/// Migrating and serving as one who is no superuser, as on a server that somebody else runs.
@Suite(.needsPostgres, .ownDatabase, .serialized, .timeLimit(.minutes(2))) struct OwnerMigrationTests {
    /// The database's owner, who may make roles. Its foreign keys see what row security hides from it.
    @Test func anOwnerWhoMayMakeRolesMigratesAndServes() async throws {
        try await PostgresFixture.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        try await TestLogin.make("CREATEROLE") { login in
            let database = try #require(PostgresFixture.url.split(separator: "/").last)
            try await PostgresFixture.execute(
                "ALTER DATABASE \(database) OWNER TO \(TestLogin.name(login)); ALTER SCHEMA public OWNER TO pg_database_owner"
            )
            try await PostgresDatabase.migrator(login).migrate()
            try await PostgresDatabase.examine(login)
            let store = try PostgresDatabase(login, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let id = ID(high: 3, low: 3)
            let row = WriteKind(
                "organization.insert", phase: .records, columns: [.init("id", .id), .init("created_at", .instant)],
                sql: "INSERT INTO organizations VALUES ($1, 'O', 'o', 1, $2, $2, NULL)"
            ).row([.id(id), .instant(Instant(seconds: 0))])
            let change = Change(
                key: id, organizationID: id, generation: nil, rows: [row],
                audit: AuditEntry(
                    id: id, action: "a", targetID: id, principal: "p", requestID: "r", at: Instant(seconds: 0))
            )
            #expect(await store.commit([change]).map(\.label) == ["committed(-)"])
            let found = try await store.query("SELECT slug FROM organizations", [], for: id)
            #expect(found.count == 1)
            // Not even the owner sees it by itself.
            let owned = try await PostgresSessions(login).withSession { session in
                try await session.query("SELECT count(*) FROM audit_log")[0].int(0)
            }
            #expect(owned == 0)
            await store.pool.close(within: .seconds(2))
        }
    }

    /// One that may use the schema and not change it: `serve` beside a `migrate` of somebody else.
    @Test func aLoginThatMayOnlyServeFindsTheSchemaCurrent() async throws {
        try await TenantTables.make()
        try await TestLogin.make("IN ROLE almanac_app") { login in
            #expect(try await PostgresDatabase.migrator(login).migrate().isEmpty)
            try await PostgresDatabase.examine(login)
        }
    }

    /// What an earlier release wrote says whose it is afterwards.
    @Test func earlierRowsAreGivenToTheirTenants() async throws {
        try await PostgresFixture.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        let migrations = PostgresMigrations.all
        let before = migrations.filter { $0.number < 3 }
        try await PostgresMigrator(PostgresFixture.configuration(), migrations: before).migrate()
        try await PostgresFixture.execute(EarlierRows.sql)
        try await PostgresMigrator(PostgresFixture.configuration(), migrations: migrations).migrate()
        for table in EarlierRows.tables {
            let rows = try await PostgresFixture.withSession { session in
                try await session.query("SELECT DISTINCT organization_id FROM \(table)")
            }
            #expect(try rows.map { try $0.id(0) } == [EarlierRows.organization], "\(table)")
        }
        let contacts = try await PostgresFixture.withSession { session in
            try await session.query(EarlierRows.contacts)
        }
        #expect(try contacts.map { try $0.text(0) } == ["N n@example.org"])
    }

    /// The same for an owner whom row security holds too.
    @Test func anOwnerWhoIsHeldToRowSecurityMigratesContacts() async throws {
        try await PostgresFixture.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        try await TestLogin.make("CREATEROLE") { login in
            let database = try #require(PostgresFixture.url.split(separator: "/").last)
            try await PostgresFixture.execute(
                "ALTER DATABASE \(database) OWNER TO \(TestLogin.name(login)); ALTER SCHEMA public OWNER TO pg_database_owner"
            )
            let migrations = PostgresMigrations.all
            try await PostgresMigrator(login, migrations: migrations.filter { $0.number < 3 }).migrate()
            try await PostgresFixture.execute(EarlierRows.sql)
            try await PostgresMigrator(login, migrations: migrations).migrate()
            let contacts = try await PostgresFixture.withSession { session in
                try await session.query(EarlierRows.contacts)
            }
            #expect(try contacts.map { try $0.text(0) } == ["N n@example.org"])
        }
    }
}
