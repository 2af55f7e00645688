@testable import SQL
import Foundation
import GRDB
import Scheduling

@testable import AlmanacRuntime

/// A store with an organization and two calendars, and kinds of rows to write into it.
final class StoreFixture {
    let store: SQLiteStore
    let organization = ID(high: 1, low: 1)
    let calendar = ID(high: 2, low: 1)
    let other = ID(high: 2, low: 2)
    /// Where times count from.
    let start = Instant(rfc3339: "2026-06-01T00:00:00Z")!
    private var minted: UInt64 = 0

    /// - Parameter path: a file; in memory if nil.
    init(path: String? = nil) throws {
        store = try path.map { try SQLiteStore(path: $0) } ?? SQLiteStore(inMemory: ())
        try SQLiteMigrator(store).migrate()
        try store.write("fixture") { db in
            let organization = Data(organization.bytes)
            try db.execute(
                sql: "INSERT OR IGNORE INTO organizations VALUES (?, 'Org', 'org', 1, 0, 0, NULL)",
                arguments: [organization]
            )
            for id in [calendar, other] {
                try db.execute(
                    sql: """
                        INSERT OR IGNORE INTO calendars (id, organization_id, name, slug, timezone, is_active, notify,
                            slot_duration_minutes, allowed_durations_minutes, slot_interval_minutes, min_notice_minutes,
                            horizon_days, capacity, requires_confirmation, cancellation_notice_minutes,
                            reschedule_notice_minutes, hold_minutes, reminders, metadata, version, created_at, updated_at)
                        VALUES (?, ?, 'C', ?, 'UTC', 1, '[]', 30, '[30]', 30, 0, 60, 1, 0, 0, 0, 5, '[]', '{}', 1, 0, 0)
                        """,
                    arguments: [Data(id.bytes), organization, "c\(id.low)"]
                )
                try db.execute(
                    sql: "INSERT OR IGNORE INTO calendar_heads VALUES (?, 0, 0, ?)",
                    arguments: [Data(id.bytes), organization]
                )
            }
        }
    }

    func mint() -> ID {
        minted += 1
        return ID(high: 9, low: minted)
    }

    // MARK: - Rows

    static let slot = WriteKind(
        "slot.insert", phase: .slots, columns: [],
        sql: """
            INSERT INTO time_slots (calendar_id, seat, starts_at, ends_at, kind, owner, expires_at, organization_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """
    )

    static let freed = WriteKind(
        "slot.delete", phase: .slotDeletes, columns: [], sql: "DELETE FROM time_slots WHERE owner = $1 AND kind = $2"
    )

    /// A row of half an hour each, counted from ``start``.
    func slot(
        _ from: Int, _ to: Int, seat: Int = 0, owner: ID? = nil, hold: Bool = false, calendar: ID? = nil
    ) -> WriteRow {
        Self.slot.row([
            .id(calendar ?? self.calendar), .int(seat), .instant(start.adding(minutes: 30 * from)),
            .instant(start.adding(minutes: 30 * to)), .text(hold ? "hold" : "appointment"), .id(owner ?? mint()),
            hold ? .instant(start) : .null, .id(organization),
        ])
    }

    func freed(_ owner: ID, hold: Bool = false) -> WriteRow {
        Self.freed.row([.id(owner), .text(hold ? "hold" : "appointment")])
    }

    // MARK: - Changes

    func change(
        _ rows: [WriteRow], events: Int = 1, generation: Int64? = 0, calendar: ID? = nil,
        claim: IdempotencyClaim? = nil, payload: String = "{}"
    ) -> Change {
        let key = calendar ?? self.calendar
        return Change(
            key: key, organizationID: organization, generation: generation, rows: rows,
            events: (0..<events).map { _ in
                EventDraft(id: mint(), type: "test", subjectID: key, occurredAt: start, payload: Array(payload.utf8))
            },
            audit: AuditEntry(
                id: mint(), action: "test", targetID: key, principal: "test", requestID: "r", at: start
            ),
            idempotency: claim
        )
    }

    func claim(_ key: String, at: Instant? = nil, response: [UInt8]? = nil) -> IdempotencyClaim {
        IdempotencyClaim(
            scope: .init(organizationID: organization, credential: "c", route: "POST /x", key: key),
            bodyHash: [1, 2, 3], status: 201, response: response, at: at ?? start
        )
    }

    func commit(_ changes: Change...) -> [String] { store.commit(changes).map(\.label) }

    func count(_ table: String) throws -> Int { try store.query("SELECT count(*) FROM \(table)", [])[0].int(0) }

    /// The numbers of a calendar's events, in order.
    func numbers(_ calendar: ID? = nil) throws -> [Int] {
        try store.query("SELECT seq FROM events WHERE calendar_id = $1 ORDER BY seq", [.id(calendar ?? self.calendar)])
            .map { try $0.int(0) }
    }

    func head() throws -> Head {
        let row = try store.query("SELECT generation, seq FROM calendar_heads WHERE calendar_id = $1", [.id(calendar)])[
            0]
        return Head(generation: try row.integer(0), seq: try row.integer(1))
    }
}

/// A folder that is gone when the test is over.
final class TemporaryFolder {
    let url = FileManager.default.temporaryDirectory.appending(path: "almanac-\(UUID().uuidString)")

    func path(_ name: String) -> String { url.appending(path: name).path }

    deinit { try? FileManager.default.removeItem(at: url) }
}
