@testable import SQL
import Testing

@testable import AlmanacChannels
@testable import AlmanacRuntime
@testable import TenantActors

/// What may look beyond one tenant on PostgreSQL: these functions, with these texts, and nothing else.
@Suite(.enabled(if: PostgresSandbox.shared != nil, "on PostgreSQL only")) struct DefinerFunctionTests {
    /// Each named read's function has the text that SQLite runs; the writes have the program's too.
    static let texts: [String: String] = {
        let reads = TenantReads.all + DeliveryReads.all + DispatchReads.all + [KeyRecord.isSame]
        return reads.reduce(into: [
            "claim_deliveries": DeliveryWrites.claimFunction, "release_deliveries": DeliveryWrites.release.sql,
            "purge_keys": PostgresBatch.purgeFunction, "keep_encryption_key": KeyRecord.keep,
        ]) { $0[$1.name] = $1.sql }
    }()

    private static func words(_ sql: String) -> String {
        sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    @Test func exactlyTheListedFunctionsMaySeeMoreThanTheirCaller() async throws {
        try await TestServer.run { test in
            let rows = try await test.query(
                """
                SELECT p.proname::text, p.prosrc, array_to_string(p.proconfig, ';'),
                    pg_get_userbyid(p.proowner)::text, array_to_string(p.proacl, ';')
                FROM pg_proc p
                WHERE p.prosecdef
                    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
                ORDER BY 1
                """)
            let names = try rows.map { try $0.text(0) }
            #expect(names == Self.texts.keys.sorted().map { "almanac_\($0)" })
            for row in rows {
                let name = try row.text(0)
                let text = try #require(Self.texts[String(name.dropFirst("almanac_".count))])
                let source = Self.words(try row.text(1)).replacing(#/^BEGIN (.*); END$/#) { String($0.1) }
                #expect(source == Self.words(text), "\(name) says something else than the program")
                #expect(try row.text(2) == "search_path=pg_catalog, public, pg_temp", "\(name)")
                #expect(try row.text(3) == "almanac_definer", "\(name)")
                let allowed = try row.text(4).split(separator: ";").map(String.init).sorted()
                #expect(
                    allowed == ["almanac_app=X/almanac_definer", "almanac_definer=X/almanac_definer"], "\(name)")
            }
        }
    }

    @Test func nobodyLogsInAsTheirOwner() async throws {
        try await TestServer.run { test in
            let rows = try await test.query(
                """
                SELECT rolcanlogin OR rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles
                WHERE rolname IN ('almanac_app', 'almanac_definer')
                """)
            #expect(try rows.map { try $0.bool(0) } == [false, false])
        }
    }

    /// The owner of the functions sees whole tables: those that the functions are about.
    @Test func theirOwnerSeesNoOtherTable() async throws {
        try await TestServer.run { test in
            let rows = try await test.query(
                "SELECT tablename::text FROM pg_policies WHERE 'almanac_definer' = ANY (roles) ORDER BY 1")
            let tables = try rows.map { try $0.text(0) }
            #expect(
                tables == [
                    "api_keys", "appointments", "calendar_clocks", "calendar_shares", "calendars", "deliveries",
                    "events",
                    "idempotency_keys", "organizations", "outbox",
                    "time_slots",
                ])
            for table in tables {
                #expect(Self.texts.values.contains { $0.contains(table) }, "\(table): no function is about it")
            }
        }
    }
}
