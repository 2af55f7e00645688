@testable import SQL
@testable import PostgresDriver
import Testing

@testable import AlmanacRuntime

/// What a server is looked at for before it is worked with.
@Suite(.needsPostgres, .ownDatabase, .serialized, .timeLimit(.minutes(2))) struct PostgresExaminationTests {
    private func refusal(
        _ configuration: PostgresConfiguration = PostgresFixture.configuration(), role: String = PostgresDatabase.role
    ) async -> StoreError? {
        do {
            try await PostgresDatabase.examine(configuration, as: role)
            return nil
        } catch {
            return error
        }
    }

    @Test func aSoundServerIsTaken() async throws {
        try await TenantTables.make()
        #expect(await refusal() == nil)
        try await TestLogin.make("IN ROLE almanac_app") { login in #expect(await refusal(login) == nil) }
    }

    @Test func aLoginThatMayNotBecomeTheRuntimesRoleIsRefused() async throws {
        try await TenantTables.make()
        try await TestLogin.make("") { login in
            let error = await refusal(login)
            #expect(error?.code == .privileges)
            #expect(error?.context.contains("GRANT almanac_app") == true)
        }
    }

    @Test(arguments: [
        ("SUPERUSER", "superuser"), ("BYPASSRLS", "bypass"), ("IN ROLE almanac_definer", "almanac_definer"),
    ])
    func aRoleThatIsNotHeldToItsTenantIsRefused(attributes: String, word: String) async throws {
        try await TenantTables.make()
        try await TestLogin.make(attributes) { login in
            let error = await refusal(role: TestLogin.name(login))
            #expect(error?.code == .privileges)
            #expect(error?.context.contains(word) == true)
        }
    }

    @Test func aRoleThatIsNotThereIsNamed() async throws {
        try await TenantTables.make()
        #expect(await refusal(role: "almanac_nobody")?.code == .privileges)
    }

    @Test(arguments: [
        "ALTER TABLE events DISABLE ROW LEVEL SECURITY", "CREATE TABLE events (organization_id uuid)",
        "ALTER TABLE organizations DISABLE ROW LEVEL SECURITY",
    ])
    func aTableThatShowsItselfWholeIsNamed(statement: String) async throws {
        try await TenantTables.make()
        try await PostgresFixture.execute(statement.replacing("TABLE events (", with: "TABLE leaky ("))
        let error = await refusal()
        #expect(error?.code == .privileges)
        #expect(["events", "leaky", "organizations"].contains { error?.context.hasSuffix($0) == true })
    }

    /// Said for this database only, so that other tests keep theirs.
    @Test func anAsynchronousCommitIsRefused() async throws {
        try await TenantTables.make()
        let database = try #require(PostgresFixture.url.split(separator: "/").last)
        try await PostgresFixture.execute("ALTER DATABASE \(database) SET synchronous_commit = off")
        let error = await refusal()
        try await PostgresFixture.execute("ALTER DATABASE \(database) RESET synchronous_commit")
        #expect(error?.code == .durability)
        #expect(error?.context.contains("synchronous_commit") == true)
        #expect(await refusal() == nil)
    }
}
