@testable import PostgresDriver
@testable import SQL
import Logging
import Scheduling
import Testing

@testable import AlmanacRuntime

/// Batches on a real server: each change its own outcome, whatever its neighbours do.
@Suite(.needsPostgres, .ownDatabase, .serialized) struct PostgresBatchTests {
    @Test func aBatchIsNumberedAndWrittenAsOne() async throws {
        try await PostgresStoreFixture.run { fixture in
            let outcomes = await fixture.commit(
                fixture.change([fixture.slot(0, 1)], events: 2), fixture.change([fixture.slot(2, 3)]),
                fixture.change([fixture.slot(0, 1, calendar: fixture.other)], calendar: fixture.other),
                fixture.change([], events: 0)
            )
            #expect(outcomes == ["committed(2)", "committed(3)", "committed(1)", "committed(-)"])
            let found1 = try await fixture.numbers()
            #expect(found1 == [1, 2, 3])
            let found2 = try await fixture.count("audit_log")
            #expect(found2 == 4)
            let found3 = try await fixture.head()
            #expect(found3 == Head(generation: 0, seq: 3))
        }
    }

    @Test func anOverlapFailsItsOwnChangeAndLeavesNoGap() async throws {
        try await PostgresStoreFixture.run { fixture in
            let outcomes = await fixture.commit(
                fixture.change([fixture.slot(0, 2)]), fixture.change([fixture.slot(1, 3)]),
                fixture.change([fixture.slot(2, 4)]), fixture.change([fixture.slot(1, 3, seat: 1)])
            )
            #expect(outcomes == ["committed(1)", "conflict(slot.insert)", "committed(2)", "committed(3)"])
            let found4 = try await fixture.numbers()
            #expect(found4 == [1, 2, 3])
            let found5 = try await fixture.count("time_slots")
            #expect(found5 == 3)
            let found6 = try await fixture.count("audit_log")
            #expect(found6 == 3)
        }
    }

    @Test func oneOwnersTimesMayOverlap() async throws {
        try await PostgresStoreFixture.run { fixture in
            let owner = fixture.mint()
            #expect(
                await fixture.commit(fixture.change([fixture.slot(0, 1, owner: owner, hold: true)])) == ["committed(1)"]
            )
            let confirmed = fixture.change([fixture.freed(owner, hold: true), fixture.slot(0, 1, owner: owner)])
            #expect(await fixture.commit(confirmed) == ["committed(2)"])
            let found7 = try await fixture.count("time_slots")
            #expect(found7 == 1)
        }
    }

    @Test func aMovedGenerationFencesWhatWasDecidedBefore() async throws {
        try await PostgresStoreFixture.run { fixture in
            let head = try await fixture.database.openHead(fixture.calendar, of: fixture.organization, under: nil)
            #expect(head == Head(generation: 1, seq: 0))
            let outcomes = await fixture.commit(
                fixture.change([fixture.slot(0, 1)]), fixture.change([fixture.slot(2, 3)], generation: 1),
                fixture.change([fixture.slot(0, 1, calendar: fixture.other)], calendar: fixture.other)
            )
            #expect(outcomes == ["fenced", "committed(1)", "committed(1)"])
            let found8 = try await fixture.count("time_slots")
            #expect(found8 == 2)
            let found9 = try await fixture.database.openHead(
                ID(high: 7, low: 7), of: fixture.organization, under: nil)
            #expect(found9 == nil)
        }
    }

    @Test func aKeyIsTakenOnceUntilItIsTooOld() async throws {
        try await PostgresStoreFixture.run { fixture in
            let outcomes = await fixture.commit(
                fixture.change([fixture.slot(0, 1)], claim: fixture.claim("k")),
                fixture.change([fixture.slot(2, 3)], claim: fixture.claim("k")),
                fixture.change([fixture.slot(4, 5)], claim: fixture.claim("l"))
            )
            #expect(outcomes == ["committed(1)", "keyTaken", "committed(2)"])
            let later = fixture.claim("k", at: fixture.start.adding(seconds: 86_400))
            #expect(await fixture.commit(fixture.change([fixture.slot(6, 7)], claim: later)) == ["committed(3)"])
            let rows = try await fixture.query("SELECT seq FROM idempotency_keys WHERE key = 'k'", [])
            let numbers = try rows.map { try $0.int(0) }
            #expect(numbers == [3])
        }
    }

    @Test func whatIsNotAsItWasIsStale() async throws {
        try await PostgresStoreFixture.run { fixture in
            let nobody = fixture.freed(fixture.mint())
            let outcomes = await fixture.commit(
                fixture.change([fixture.slot(0, 1)]), fixture.change([nobody]), fixture.change([fixture.slot(2, 3)])
            )
            #expect(outcomes == ["committed(1)", "stale", "committed(2)"])
        }
    }

    @Test func aPoisonedRowIsItsChangesOwn() async throws {
        try await PostgresStoreFixture.run { fixture in
            let outcomes = await fixture.commit(
                fixture.change([fixture.slot(0, 1)]), fixture.change([fixture.slot(3, 3)]),
                fixture.change([], payload: "{"), fixture.change([fixture.slot(4, 5)])
            )
            #expect(outcomes.map { $0.prefix { $0 != "(" } } == ["committed", "failed", "failed", "committed"])
            #expect(outcomes[3] == "committed(2)")
        }
    }

    /// Two committers, many calendars, random conflicts: consecutive numbers, no overlap, every answer kept.
    @Test func batchesSideBySideKeepEveryPromise() async throws {
        try await PostgresStoreFixture.run { fixture in
            let promised = await withTaskGroup(of: Int.self) { group in
                for lane in 0..<2 {
                    let calendar = lane == 0 ? fixture.calendar : fixture.other
                    group.addTask {
                        var kept = 0
                        for round in 0..<20 {
                            let changes = (0..<16).map { index in
                                fixture.change(
                                    [
                                        fixture.slot(
                                            (round * 7 + index * 5) % 90, (round * 7 + index * 5) % 90 + 2,
                                            calendar: calendar)
                                    ],
                                    calendar: calendar)
                            }
                            kept += await fixture.commit(changes).count { $0.hasPrefix("committed") }
                        }
                        return kept
                    }
                }
                return await group.reduce(0, +)
            }
            let found10 = try await fixture.count("time_slots")
            #expect(found10 == promised)
            for calendar in [fixture.calendar, fixture.other] {
                let numbers = try await fixture.numbers(calendar)
                #expect(numbers == Array(1...max(1, numbers.count)))
            }
        }
    }
}

/// An organization and two calendars on a server, and the rows of ``StoreFixture``.
final class PostgresStoreFixture: Sendable {
    let database: PostgresDatabase
    let start = Instant(rfc3339: "2026-06-01T00:00:00Z")!
    let organization = ID(high: 1, low: 1)
    let calendar = ID(high: 2, low: 1)
    let other = ID(high: 2, low: 2)
    private let ids = IDGenerator(clock: ManualClock(Instant(rfc3339: "2026-06-01T00:00:00Z")!))

    private init(_ database: PostgresDatabase) { self.database = database }

    static func run(_ body: (PostgresStoreFixture) async throws -> Void) async throws {
        let configuration = PostgresFixture.configuration()
        try await PostgresFixture.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        try await PostgresDatabase.migrator(configuration).migrate()
        let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let fixture = PostgresStoreFixture(try PostgresDatabase(configuration, logger: silent))
        try await fixture.populate()
        let result: Result<Void, any Error>
        do { result = .success(try await body(fixture)) } catch { result = .failure(error) }
        await fixture.database.pool.close()
        try result.get()
    }

    private func populate() async throws {
        var sql = "INSERT INTO organizations VALUES ('\(organization)', 'Org', 'org', 1, now(), now(), NULL);"
        for id in [calendar, other] {
            sql += """
                INSERT INTO calendars (id, organization_id, name, slug, timezone, is_active, notify, slot_duration_minutes,
                    allowed_durations_minutes, slot_interval_minutes, min_notice_minutes, horizon_days, capacity,
                    requires_confirmation, cancellation_notice_minutes, reschedule_notice_minutes, hold_minutes, reminders,
                    metadata, version, created_at, updated_at)
                VALUES ('\(id)', '\(organization)', 'C', 'c\(id.low)', 'UTC', true, '[]', 30, '[30]', 30, 0, 60, 1, false, 0,
                    0, 5, '[]', '{}', 1, now(), now());
                INSERT INTO calendar_heads VALUES ('\(id)', 0, 0, '\(organization)');
                """
        }
        try await PostgresFixture.execute(sql)
    }

    func mint() -> ID { ids.next() }

    func commit(_ changes: Change...) async -> [String] { await commit(changes) }

    func commit(_ changes: [Change]) async -> [String] { await database.commit(changes).map(\.label) }

    private static let slot = WriteKind(
        "slot.insert", phase: .slots,
        columns: [
            .init("calendar_id", .id), .init("seat", .integer), .init("starts_at", .instant),
            .init("ends_at", .instant), .init("kind", .text), .init("owner", .id), .init("expires_at", .instant),
            .init("organization_id", .id),
        ],
        sql: """
            INSERT INTO time_slots (calendar_id, seat, starts_at, ends_at, kind, owner, expires_at, organization_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """
    )

    private static let freed = WriteKind(
        "slot.delete", phase: .slotDeletes, columns: [.init("owner", .id), .init("kind", .text)],
        sql: "DELETE FROM time_slots WHERE owner = $1 AND kind = $2"
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

    func change(
        _ rows: [WriteRow], events: Int = 1, generation: Int64 = 0, calendar: ID? = nil, claim: IdempotencyClaim? = nil,
        payload: String = "{}"
    ) -> Change {
        let key = calendar ?? self.calendar
        return Change(
            key: key, organizationID: organization, generation: generation, rows: rows,
            events: (0..<events).map { _ in
                EventDraft(id: mint(), type: "test", subjectID: key, occurredAt: start, payload: Array(payload.utf8))
            },
            audit: AuditEntry(id: mint(), action: "test", targetID: key, principal: "t", requestID: "r", at: start),
            idempotency: claim
        )
    }

    func claim(_ key: String, at: Instant? = nil) -> IdempotencyClaim {
        IdempotencyClaim(
            scope: .init(organizationID: organization, credential: "c", route: "POST /x", key: key), bodyHash: [1],
            status: 201, response: nil, at: at ?? start
        )
    }

    /// Reads as the one who logs in.
    func query(_ sql: String, _ values: [SQLValue]) async throws -> [SQLRow] {
        try await PostgresFixture.withSession { try await $0.query(sql, values) }
    }

    func count(_ table: String) async throws -> Int {
        try await query("SELECT count(*) FROM \(table)", [])[0].int(0)
    }

    func numbers(_ calendar: ID? = nil) async throws -> [Int] {
        try await query(
            "SELECT seq FROM events WHERE calendar_id = $1 ORDER BY seq", [.id(calendar ?? self.calendar)]
        )
        .map { try $0.int(0) }
    }

    func head() async throws -> Head {
        let row = try await query(
            "SELECT generation, seq FROM calendar_heads WHERE calendar_id = $1", [.id(calendar)])[0]
        return Head(generation: try row.integer(0), seq: try row.integer(1))
    }
}
