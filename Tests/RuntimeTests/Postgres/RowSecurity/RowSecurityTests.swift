@testable import PostgresDriver
@testable import SQL
import Scheduling
import Testing

@testable import AlmanacRuntime

/// The database alone keeps tenants apart: by hand, in SQL, as the role that the runtime works as.
@Suite(.needsPostgres, .ownDatabase, .serialized, .timeLimit(.minutes(2))) struct RowSecurityTests {
    /// What a role that may do nothing of a kind is told, or that a row belongs to another.
    private static let refused = "42501"

    /// A new table is found here: it says whose its rows are and shows them to their own tenant only, or it is said that
    /// no tenant has rows in it.
    @Test func everyTableWithTenantsRowsShowsThemToTheirTenantOnly() async throws {
        try await TenantTables.make()
        let tables = try await TenantTables.withRows()
        #expect(tables.count >= 15)
        for table in tables {
            let rows = try await PostgresFixture.withSession { session in
                try await session.query(
                    """
                    SELECT c.relrowsecurity AND c.relforcerowsecurity, p.polpermissive, pg_get_expr(p.polqual, p.polrelid),
                        p.polwithcheck IS NULL, p.polcmd::text
                    FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid
                    WHERE c.oid = $1::text::regclass
                        AND ('almanac_app'::regrole = ANY (p.polroles) OR 0::oid = ANY (p.polroles))
                    """,
                    [.text("public.\(table)")]
                )
            }
            // Policies add up: one more that is wider would undo this one.
            #expect(rows.count == 1, "\(table)")
            let row = try #require(rows.first, "\(table)")
            #expect(try row.bool(0), "\(table): not forced")
            #expect(
                try row.text(2).contains(table == "organizations" ? "(id = ANY" : "(organization_id = ANY"), "\(table)")
            #expect(try row.text(2).contains("almanac.organizations"), "\(table)")
            #expect(try row.bool(3) && row.text(4) == "*", "\(table): what is written is not held to what is seen")
        }
    }

    @Test func theirOwnTenantSeesThem() async throws {
        try await TenantTables.make()
        for table in try await TenantTables.withRows() where table != "audit_log" {
            let count = try await TenantTables.asRuntime(for: [TenantTables.one]) { try await Self.count(table, $0) }
            #expect(count == 1, "\(table): the fixture has no row, or its tenant does not see it")
        }
    }

    @Test(arguments: [[TenantTables.other], [], nil] as [[ID]?])
    func anotherTenantSeesNothing(organizations: [ID]?) async throws {
        try await TenantTables.make()
        for table in try await TenantTables.withRows() {
            let count = try await TenantTables.asRuntime(for: organizations) { try await Self.count(table, $0) }
            // The other organization sees itself.
            let own = table == "organizations" && organizations?.isEmpty == false ? 1 : 0
            #expect(count == own, "\(table)")
        }
    }

    @Test func anotherTenantChangesNothing() async throws {
        try await TenantTables.make()
        for table in try await TenantTables.withRows() {
            let column = table == "organizations" ? "id" : "organization_id"
            for statement in [
                "UPDATE \(table) SET \(column) = \(column) WHERE \(column) = $1 RETURNING 1",
                "DELETE FROM \(table) WHERE \(column) = $1 RETURNING 1",
            ] {
                let changed = try await Self.changed(statement, [.id(TenantTables.one)], for: TenantTables.other)
                #expect(changed == 0, "\(statement)")
            }
        }
    }

    /// A copy of a tenant's row, written in another's name, is refused for whose it is, before anything else is looked at.
    @Test func anotherTenantAddsNothing() async throws {
        try await TenantTables.make()
        for table in try await TenantTables.withRows() {
            // What the database makes by itself cannot be copied.
            let columns = try await PostgresFixture.withSession { session in
                try await session.query(
                    """
                    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
                    WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
                    """,
                    [.text("public.\(table)")]
                )[0].text(0)
            }
            let insert = """
                INSERT INTO \(table) (\(columns)) OVERRIDING SYSTEM VALUE
                SELECT \(columns) FROM json_populate_record(NULL::\(table), $1::json)
                """
            let row = try await PostgresFixture.withSession { session in
                let column = table == "organizations" ? "id" : "organization_id"
                return try await session.query(
                    "SELECT row_to_json(t)::text FROM \(table) t WHERE \(column) = $1", [.id(TenantTables.one)]
                ).first?.text(0)
            }
            let copy = try #require(row, "\(table): the fixture has no row")
            let error = await #expect(throws: PostgresError.self, "\(table)") {
                try await TenantTables.asRuntime(for: [TenantTables.other]) { session in
                    try await session.query(insert, [.text(copy)])
                }
            }
            #expect(error?.sqlState == Self.refused, "\(table)")
        }
    }

    /// A tenant's own row does not move to another.
    @Test func noRowChangesHands() async throws {
        try await TenantTables.make()
        for table in try await TenantTables.withRows() {
            let column = table == "organizations" ? "id" : "organization_id"
            let error = await #expect(throws: PostgresError.self, "\(table)") {
                try await TenantTables.asRuntime(for: [TenantTables.one]) { session in
                    try await session.query("UPDATE \(table) SET \(column) = $1", [.id(TenantTables.other)])
                }
            }
            #expect(error?.sqlState == Self.refused, "\(table)")
        }
    }

    /// Whoever writes: a row that names one tenant and refers to what is another's is refused by its foreign key.
    @Test(arguments: [
        "INSERT INTO business_hours VALUES ('C', 1, 540, 1020, 'O')",
        "INSERT INTO calendar_heads VALUES ('C', 0, 0, 'O') ON CONFLICT (calendar_id) DO UPDATE SET organization_id = 'O'",
        """
        INSERT INTO time_slots (calendar_id, seat, starts_at, ends_at, kind, owner, organization_id)
        VALUES ('C', 1, '2026-06-01 09:00Z', '2026-06-01 10:00Z', 'appointment', 'O', 'O')
        """,
        "UPDATE appointments SET organization_id = 'O'",
        "UPDATE contacts SET organization_id = 'O'",
        "INSERT INTO appointment_reminders VALUES ('C', 1, 'email', 60, now(), 'O')",
        "UPDATE appointment_cancellations SET organization_id = 'O'",
        "INSERT INTO events VALUES ('C', 2, 'O', 'O', 't', 'C', now(), '{}')",
        "UPDATE deliveries SET organization_id = 'O'",
        "UPDATE team_members SET organization_id = 'O'",
        "UPDATE calendar_shares SET organization_id = 'O'",
        """
        INSERT INTO members VALUES ('O', 'O', 'M', NULL, 'm', true, 1, now(), now(), NULL);
        UPDATE calendar_shares SET subject = NULL, member_id = 'O'
        """,
        """
        INSERT INTO teams VALUES ('O', 'O', 'T', 1, now(), now(), NULL);
        UPDATE calendar_shares SET subject = NULL, grantee_type = 'team', team_id = 'O'
        """,
    ])
    func nothingRefersToWhatIsAnothers(statement: String) async throws {
        try await TenantTables.make()
        let sql = statement.replacing("'C'", with: "'\(TenantTables.calendar)'")
            .replacing("'O'", with: "'\(TenantTables.other)'")
        let error = await #expect(throws: PostgresError.self) { try await PostgresFixture.execute(sql) }
        #expect(error?.sqlState == "23503")
    }

    /// Two bookings of one time: the constraint alone refuses the second, whoever writes it.
    @Test func anOverlapByHandIsRefused() async throws {
        try await TenantTables.make()
        for (from, to, isRefused) in [("09:30", "10:30", true), ("08:00", "11:00", true), ("10:00", "10:30", false)] {
            let sql = """
                INSERT INTO time_slots (calendar_id, seat, starts_at, ends_at, kind, owner, organization_id)
                VALUES ('\(TenantTables.calendar)', 0, '2026-06-01 \(from)Z', '2026-06-01 \(to)Z', 'appointment',
                    gen_random_uuid(), '\(TenantTables.one)')
                """
            do {
                try await TenantTables.asRuntime(for: [TenantTables.one]) { try await $0.execute(sql) }
                #expect(!isRefused, "\(from)–\(to)")
            } catch let error as PostgresError {
                #expect(error.sqlState == "23P01" && error.constraint == "time_slots_overlap", "\(from)–\(to)")
                #expect(isRefused)
            }
        }
    }

    /// What was said for one transaction is not said for the next on the same connection.
    @Test func theNextTransactionStartsWithNobody() async throws {
        try await TenantTables.make()
        try await PostgresFixture.withSession { session in
            try await session.execute(PostgresDatabase.assumeRole)
            let list = "{\(TenantTables.one)}"
            try await session.withTransaction {
                try await $0.query("SELECT set_config('almanac.organizations', $1, true)", [.text(list)])
            }
            let left = try await Self.count("calendars", session)
            #expect(left == 0)
        }
    }

    /// The runtime cannot rewrite what happened, nor look at what it has no business with.
    @Test func historyIsAddedToAndNeverAltered() async throws {
        try await TenantTables.make()
        try await TestLogin.make("IN ROLE almanac_app") { login in
            for statement in [
                "UPDATE events SET type = 'x'", "DELETE FROM events", "UPDATE audit_log SET action = 'x'",
                "DELETE FROM audit_log", "TRUNCATE events CASCADE", "DELETE FROM schema_migrations",
                "DROP TABLE outbox",
                "ALTER TABLE calendars DISABLE ROW LEVEL SECURITY", "DROP POLICY almanac_tenant ON calendars",
                "SET ROLE almanac_definer",
                // What is looked up by functions alone is not read.
                "SELECT hash FROM api_keys", "SELECT * FROM api_keys", "SELECT secret_hash FROM calendar_shares",
                "SELECT fingerprint FROM encryption_key", "SELECT count(*) FROM encryption_key",
                "INSERT INTO encryption_key (fingerprint) VALUES (sha256('x'))", "DELETE FROM encryption_key",
                "UPDATE encryption_key SET fingerprint = sha256('x')", "TRUNCATE encryption_key",
                // A row stays what and whose it is.
                "UPDATE organizations SET id = gen_random_uuid()", "UPDATE calendars SET created_at = now()",
                "UPDATE calendar_heads SET calendar_id = gen_random_uuid()",
                "UPDATE appointments SET calendar_id = gen_random_uuid()", "UPDATE members SET organization_id = id",
                "UPDATE leases SET shard = 300", "UPDATE nodes SET id = 'x'",
                "UPDATE availability_slots SET date = '2026-01-01'",
                // A key and a share end, and are not altered otherwise.
                "UPDATE api_keys SET scopes = '[]'", "UPDATE api_keys SET hash = sha256('x')",
                "UPDATE calendar_shares SET permission = 'manage'",
                "UPDATE calendar_shares SET secret_hash = sha256('x')",
            ] {
                let error = await #expect(throws: PostgresError.self, "\(statement)") {
                    try await PostgresSessions(login).withSession { session in
                        try await session.execute(PostgresDatabase.assumeRole)
                        try await session.execute(statement)
                    }
                }
                #expect(error?.sqlState == Self.refused, "\(statement)")
            }
        }
    }

    private static func count(_ table: String, _ session: PostgresSession) async throws -> Int {
        // Nothing may be read of the audit log at all.
        if table == "audit_log" {
            let may = try await session.query("SELECT has_table_privilege('audit_log', 'SELECT')").first?.bool(0)
            if may == false { return 0 }
        }
        return try await session.query("SELECT count(*) FROM \(table)")[0].int(0)
    }

    /// How many rows a statement changes; none if it may not be run.
    private static func changed(_ sql: String, _ values: [SQLValue], for organization: ID) async throws -> Int {
        do {
            return try await TenantTables.asRuntime(for: [organization]) { try await $0.query(sql, values).count }
        } catch let error as PostgresError where error.sqlState == refused {
            return 0
        }
    }
}
