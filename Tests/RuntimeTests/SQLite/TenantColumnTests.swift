@testable import SQL
import Foundation
import GRDB
import Migrations
import Testing

@testable import AlmanacRuntime

/// Rows of a release in which some tables did not say whose their rows are.
@Suite struct TenantColumnTests {
    @Test func earlierRowsAreGivenToTheirTenantsAndKeepTheirGuards() throws {
        let store = try SQLiteStore(inMemory: ())
        try SQLiteMigrator(store, migrations: SQLiteMigrations.all.filter { $0.number < 3 }).migrate()
        let sql = EarlierRows.sql.replacing("now()", with: "0").replacing("true", with: "1")
            .replacing(#/'\d{4}-\d\d-\d\d (\d\d):00Z'/#) { "\($0.1)00000000" }
            .replacing(#/'([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})'/#) {
                "x'\($0.1)\($0.2)\($0.3)\($0.4)\($0.5)'"
            }
        try store.write("earlier") { try $0.execute(sql: sql) }
        try SQLiteMigrator(store).migrate()
        for table in EarlierRows.tables {
            let rows = try store.query("SELECT DISTINCT organization_id FROM \(table)", [])
            #expect(try rows.map { try $0.id(0) } == [EarlierRows.organization], "\(table)")
        }
        #expect(try store.query(EarlierRows.contacts, []).map { try $0.text(0) } == ["N n@example.org"])
        #expect(try store.query("PRAGMA foreign_key_check", []).isEmpty)
        let overlap = """
            INSERT INTO time_slots (calendar_id, seat, starts_at, ends_at, kind, owner, organization_id)
            SELECT calendar_id, seat, starts_at, ends_at, kind, randomblob(16), organization_id FROM time_slots
            """
        #expect(throws: StoreError.self) { try store.write("overlap") { try $0.execute(sql: overlap) } }
    }
}
