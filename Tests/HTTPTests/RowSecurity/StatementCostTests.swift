@testable import SQL
@testable import JSON
import Foundation
import Scheduling
import Testing

@testable import AlmanacRuntime

/// What a statement reads does not depend on how much there is, whatever the database knew when it was planned: tables
/// grow from nothing through single bookings, and nobody counts them.
@Suite(
    .enabled(if: PostgresSandbox.shared != nil, "on PostgreSQL only"), .serialized, .timeLimit(.minutes(30))
) struct StatementCostTests {
    /// What the database knows of its tables when the statements are planned.
    enum Statistics: CaseIterable { case none, ofTheFirstRows, ofTwoHundredRows }

    private static let isTrial = ProcessInfo.processInfo.environment["ALMANAC_TRIALS"] != nil
    private static let bookings = 195

    @Test(arguments: [1, 1_000], Statistics.allCases)
    func blocksPerCallStayWhileTablesGrow(organizations: Int, statistics: Statistics) async throws {
        try await TestServer.run { test in
            let loaded = try await test.query("SELECT current_setting('shared_preload_libraries')")
            // Without it nothing is counted: `scripts/services stop`, then `start`, loads it.
            try #require(loaded.first?.text(0).contains("pg_stat_statements") == true)
            try await test.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            try await test.execute(Self.withoutUpkeep)
            let tenant = try await test.tenant()
            var round = 0
            func everything() async throws {
                round += 1
                let calendar = try await tenant.calendar(["slug": .string("round-\(round)")])
                try await EveryRequest(test: test, tenant: tenant, round: round).make(calendar)
            }
            try await everything()
            if statistics == .ofTheFirstRows { try await test.execute("ANALYZE") }
            let calendar = try await tenant.calendar(["slot_duration_minutes": 5])
            let start = try #require(Instant(rfc3339: "2026-11-02T09:00:00Z"))
            for index in 0..<Self.bookings {
                let at = start.adding(days: index / 90).adding(minutes: index % 90 * 5)
                let contact: JSON = ["name": "N", "email": .string("n\(index)@example.com")]
                try await tenant.book(calendar, at.rfc3339, ["contact": contact], key: "n\(index)").expect(201)
            }
            if statistics == .ofTwoHundredRows { try await test.execute("ANALYZE") }
            try await everything()
            let few = try await Self.costs(test) { try await everything() }
            let rows = Self.isTrial ? 100_000 : 20_000
            let crowd = Crowd(
                calendars: max(200, organizations), appointments: rows, organizations: organizations,
                contacts: rows / max(200, organizations), members: rows / max(200, organizations), isAnalyzed: false
            )
            try await test.execute(crowd.sql(tenant.organization, calendar))
            let many = try await Self.costs(test) { try await everything() }

            let growth = few.compactMap { text, few in
                many[text].map { (text: text, few: few.blocks, many: $0.blocks, rows: $0.rows) }
            }.filter { item in !Self.walking.contains { item.text.contains($0) } && !Self.isFilteredList(item.text) }
                .sorted { $0.many - $0.few > $1.many - $1.few }
            #expect(growth.count > 60)
            print(
                "blocks a call, \(organizations) organizations, statistics \(statistics), \(growth.count) statements:"
            )
            for item in growth.prefix(8) {
                print("  \(Self.rounded(item.few)) → \(Self.rounded(item.many))  \(item.text.prefix(100))")
            }
            for item in growth {
                // Two levels more in each index of a table, and what each row of a fuller page takes.
                var most = item.few * 1.5 + 24 + 12 * item.rows
                // Planned among almost none, it asks of each team whether the member who is deleted was in it: the team, and
                // three levels of an index and a row.
                if item.text.contains("UPDATE teams SET version") { most += 5 * Double(crowd.calendars) }
                #expect(item.many <= most, "\(item.text)")
            }
        }
    }

    /// What is not on the way of any booking or reader, and goes through more by its nature: leases, which nobody tidies up
    /// here; zones; the tenants for whom something waits, a step for each; what an earlier life of the process had taken
    /// on; lists of members, teams and calendars.
    private static let walking = [
        "leases", "almanac_zones_in_use", "almanac_claim_deliveries", "almanac_release_deliveries",
        "owner_member_id IN", "FROM team_members t", "FROM members\nWHERE (organization_id, id)",
    ]

    /// A list of what a filter lets through: it passes over the rest.
    private static func isFilteredList(_ text: String) -> Bool {
        text.contains("FROM appointments a") && text.contains("LIMIT $")
            && ["a.starts_at >=", "a.status IN", "a.calendar_id IN"].contains { text.contains($0) }
    }

    private static func rounded(_ value: Double) -> String { String(format: "%8.1f", value) }

    /// Nobody counts or tidies up by itself.
    private static let withoutUpkeep = """
        DO $$
        DECLARE
            target regclass;
        BEGIN
            FOR target IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
                EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = false)', target);
            END LOOP;
        END
        $$
        """

    private struct Cost {
        let blocks: Double
        let rows: Double
    }

    /// Blocks that each statement read or found in memory, per call, while `body` ran.
    private static func costs(_ test: TestServer, _ body: () async throws -> Void) async throws -> [String: Cost] {
        _ = try await test.query(
            "SELECT 1 FROM pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0)"
        )
        try await body()
        let rows = try await test.query(
            """
            SELECT query, sum(calls)::bigint, sum(shared_blks_hit + shared_blks_read)::bigint, sum(rows)::bigint
            FROM pg_stat_statements
            WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND query NOT LIKE '%pg_stat_statements%'
            GROUP BY query
            """
        )
        var costs: [String: Cost] = [:]
        for row in rows {
            let calls = Double(max(1, try row.integer(1)))
            costs[try row.text(0)] = Cost(
                blocks: Double(try row.integer(2)) / calls, rows: Double(try row.integer(3)) / calls)
        }
        return costs
    }
}
