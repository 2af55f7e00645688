@testable import SQL
import Foundation
import GRDB
import Scheduling
import Testing

@testable import AlmanacRuntime

/// Deliveries of two organizations on a database file of their own, with the log running.
final class DeliveryFixture: Sendable {
    let organization = ID(high: 1, low: 1)
    let second = ID(high: 1, low: 2)
    let clock = ManualClock(Instant(rfc3339: "2026-06-01T00:00:00Z")!)
    let store: DeliveryStore
    private let database: SQLiteDatabase
    private let log: CommitLog
    private let ids: IDGenerator
    private let calendars: [ID: ID]

    private init(path: String) throws {
        let database = try SQLiteDatabase(path: path)
        self.database = database
        try SQLiteMigrator(database.store).migrate()
        log = CommitLog(database: database)
        ids = IDGenerator(clock: clock)
        store = DeliveryStore(database: database, log: log, ids: ids, retries: RetrySchedule())
        calendars = [organization: ID(high: 2, low: 1), second: ID(high: 2, low: 2)]
        try database.store.write("fixture") { [calendars] db in
            for (organization, calendar) in calendars {
                try db.execute(
                    sql: "INSERT INTO organizations VALUES (?, 'Org', ?, 1, 0, 0, NULL)",
                    arguments: [Data(organization.bytes), "org\(organization.low)"]
                )
                try db.execute(
                    sql: """
                        INSERT INTO calendars (id, organization_id, name, slug, timezone, is_active, notify,
                            slot_duration_minutes, allowed_durations_minutes, slot_interval_minutes, min_notice_minutes,
                            horizon_days, capacity, requires_confirmation, cancellation_notice_minutes,
                            reschedule_notice_minutes, hold_minutes, reminders, metadata, version, created_at, updated_at)
                        VALUES (?, ?, 'C', 'c', 'UTC', 1, '[]', 30, '[30]', 30, 0, 60, 1, 0, 0, 0, 5, '[]', '{}', 1, 0, 0)
                        """,
                    arguments: [Data(calendar.bytes), Data(organization.bytes)]
                )
                try db.execute(
                    sql: "INSERT INTO calendar_heads VALUES (?, 0, 0, ?)",
                    arguments: [Data(calendar.bytes), Data(organization.bytes)]
                )
            }
        }
    }

    static func run(_ body: (DeliveryFixture) async throws -> Void) async throws {
        let folder = TemporaryFolder()
        let fixture = try DeliveryFixture(path: folder.path("test.db"))
        defer { fixture.database.store.close() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fixture.log.run() }
            let result: Result<Void, any Error>
            do { result = .success(try await body(fixture)) } catch { result = .failure(error) }
            fixture.log.drain()
            try await group.waitForAll()
            try result.get()
        }
    }

    /// The rows that expand a new event into so many deliveries.
    func expansion(_ count: Int, organization: ID? = nil) async throws -> [WriteRow] {
        let organization = organization ?? self.organization
        let calendar = try #require(calendars[organization])
        let event = EventDraft(
            id: ids.next(), type: "appointment.booked", subjectID: ids.next(), occurredAt: clock.now(),
            payload: Array("{}".utf8), isPublished: true
        )
        let change = Change(
            key: calendar, organizationID: organization, generation: 0, rows: [], events: [event], audit: nil
        )
        guard case .committed(let seq?, _) = await log.commit([change]).first else {
            Issue.record("the event was not written")
            return []
        }
        let targets = (0..<count).map { (id: ids.next(), channel: "email", target: "p\($0)@example.org") }
        return DeliveryWrites.expand(
            event: event.id, organization: organization, calendar: calendar, seq: seq, into: targets,
            giveUpAt: clock.now().adding(days: 2), now: clock.now()
        )
    }

    /// So many deliveries, due one after the other from now.
    func deliveries(_ count: Int, organization: ID? = nil) async throws -> [ID] {
        let organization = organization ?? self.organization
        let rows = try await expansion(count, organization: organization)
        #expect(await commit(rows, organization) == "committed")
        return rows.compactMap { row in
            guard row.kind.name == "delivery.insert", case .id(let id) = row.values[0] else { return nil }
            return id
        }
    }

    func commit(_ rows: [WriteRow], _ organization: ID) async -> String {
        let change = Change(key: ids.next(), organizationID: organization, generation: nil, rows: rows, audit: nil)
        switch await log.commit([change]).first {
        case .committed: return "committed"
        case .stale: return "stale"
        case let other: return "\(String(describing: other))"
        }
    }

    /// Claims for a minute.
    func claim(
        channel: String = "email", limit: Int = 64, perOrganization: Int = 32, node: String = "a"
    ) async throws -> [DeliveryStore.Claim] {
        let now = clock.now()
        let claim = try await store.claim(
            channel: channel, by: node, now: now, until: now.adding(seconds: 60), limit: limit,
            perOrganization: perOrganization
        )
        return try database.store.query(
            "SELECT id, attempts, organization_id FROM deliveries WHERE claim = $1 ORDER BY id", [.id(claim)]
        )
        .map {
            DeliveryStore.Claim(id: try $0.id(0), organizationID: try $0.id(2), claim: claim, attempts: try $0.int(1))
        }
    }

    func find(_ id: ID) async throws -> Delivery { try #require(try await store.find(id, organization)) }

    func requeue(_ id: ID, organization: ID? = nil) async throws -> Bool {
        let organization = organization ?? self.organization
        let audit = AuditEntry(
            id: ids.next(), action: "delivery.retry", targetID: id, principal: "p", requestID: "r", at: clock.now()
        )
        return try await store.requeue(id, organization, audit: audit, now: clock.now())
    }
}
