@testable import SQL
import GRDB
import Scheduling
import Testing

@testable import AlmanacRuntime

@Suite struct SQLiteBatchTests {
    private let fixture: StoreFixture

    init() throws { fixture = try StoreFixture() }

    @Test func stateEventAuditAndKeyAreWrittenTogether() throws {
        #expect(fixture.commit(fixture.change([fixture.slot(0, 1)], claim: fixture.claim("k"))) == ["committed(1)"])
        #expect(try fixture.count("time_slots") == 1)
        #expect(try fixture.numbers() == [1])
        #expect(try fixture.count("audit_log") == 1)
        let key = try fixture.store.query("SELECT calendar_id, seq, response FROM idempotency_keys", [])[0]
        #expect(try key.id(0) == fixture.calendar)
        #expect(try key.int(1) == 1)
        #expect(key.isNull(2))
    }

    @Test func aChangeThatLosesLeavesNothingAndNoGap() throws {
        let outcomes = fixture.commit(
            fixture.change([fixture.slot(0, 2)], claim: fixture.claim("a")),
            fixture.change([fixture.slot(8, 9), fixture.slot(1, 3)], events: 2, claim: fixture.claim("b")),
            fixture.change([fixture.slot(4, 6)], events: 2, claim: fixture.claim("c")),
            fixture.change([fixture.freed(fixture.mint())]),
            fixture.change([fixture.slot(6, 7)])
        )
        #expect(outcomes == ["committed(1)", "conflict(slot.insert)", "committed(3)", "stale", "committed(4)"])
        #expect(try fixture.numbers() == [1, 2, 3, 4])
        #expect(try fixture.head().seq == 4)
        #expect(try fixture.count("time_slots") == 3)
        #expect(try fixture.count("audit_log") == 3)
        #expect(try fixture.count("idempotency_keys") == 2)
    }

    @Test func calendarsAreNumberedEachForItself() throws {
        let outcomes = fixture.commit(
            fixture.change([fixture.slot(0, 1)]),
            fixture.change([fixture.slot(0, 1, calendar: fixture.other)], events: 2, calendar: fixture.other),
            fixture.change([fixture.slot(1, 2)])
        )
        #expect(outcomes == ["committed(1)", "committed(2)", "committed(2)"])
        #expect(try fixture.numbers(fixture.other) == [1, 2])
    }

    @Test func aChangeWithoutEventsTakesNoNumber() throws {
        _ = fixture.commit(fixture.change([]))
        #expect(fixture.commit(fixture.change([fixture.slot(0, 1)], events: 0)) == ["committed(-)"])
        #expect(fixture.commit(fixture.change([])) == ["committed(2)"])
    }

    @Test func deletesRunBeforeInsertsWhateverTheirOrder() {
        let owner = fixture.mint()
        _ = fixture.commit(fixture.change([fixture.slot(0, 1, owner: owner, hold: true)]))
        let taken = fixture.change([fixture.slot(0, 2), fixture.freed(owner, hold: true)])
        #expect(fixture.commit(taken) == ["committed(2)"])
    }

    @Test func aMovedGenerationWritesNothing() throws {
        let head = try #require(try fixture.store.openHead(fixture.calendar, of: fixture.organization))
        #expect(head == Head(generation: 1, seq: 0))
        let outcomes = fixture.commit(
            fixture.change([fixture.slot(0, 1)], claim: fixture.claim("k")),
            fixture.change([fixture.slot(0, 1)], generation: 1),
            fixture.change([fixture.slot(2, 3)], generation: 2)
        )
        #expect(outcomes == ["fenced", "committed(1)", "fenced"])
        #expect(try fixture.count("idempotency_keys") == 0)
        #expect(try fixture.store.openHead(ID(high: 4, low: 4), of: fixture.organization) == nil)
    }

    // MARK: - Rows that are refused

    /// Each writes something no table takes; its neighbours in the batch are written.
    @Test(arguments: [
        "a span of no length", "SQL that is none", "a table that is not there", "a missing value",
        "an event of no JSON",
        "an event's id twice", "an audit row's id twice", "a key that points at nothing", "an unknown organization",
        "too few arguments",
    ])
    func oneBadChangeHarmsNoNeighbour(what: String) throws {
        let good = fixture.change([fixture.slot(0, 1)])
        _ = fixture.commit(good)
        let outcomes = fixture.store.commit([
            fixture.change([fixture.slot(2, 3)]), bad(what, after: good), fixture.change([fixture.slot(4, 5)]),
        ]).map(\.label)
        #expect(outcomes[0] == "committed(2)")
        #expect(outcomes[1] == (what == "an unknown organization" ? "stale" : "failed(statement)"))
        #expect(outcomes[2] == "committed(3)")
        #expect(try fixture.numbers() == [1, 2, 3])
        #expect(try fixture.count("time_slots") == 3)
    }

    private func bad(_ what: String, after good: Change) -> Change {
        func kind(_ sql: String, _ values: [SQLValue] = []) -> Change {
            fixture.change([WriteKind("bad", phase: .records, columns: [], sql: sql).row(values)])
        }
        func with(_ change: Change, organization: ID? = nil, event: ID? = nil, audit: ID? = nil) -> Change {
            let draft = change.events.map {
                EventDraft(
                    id: event ?? $0.id, type: $0.type, subjectID: $0.subjectID, occurredAt: $0.occurredAt,
                    payload: $0.payload)
            }
            return Change(
                key: change.key, organizationID: organization ?? change.organizationID, generation: 0, rows: [],
                events: draft,
                audit: AuditEntry(
                    id: audit ?? change.audit!.id, action: "bad", targetID: change.key, principal: "p", requestID: "",
                    at: fixture.start
                )
            )
        }
        switch what {
        case "a span of no length": return fixture.change([fixture.slot(6, 6)])
        case "SQL that is none": return kind("INSERT INTO")
        case "a table that is not there": return kind("DELETE FROM nowhere")
        case "a missing value": return kind("UPDATE time_slots SET owner = NULL")
        case "an event of no JSON": return fixture.change([], payload: "{")
        case "an event's id twice": return with(fixture.change([]), event: good.events[0].id)
        case "an audit row's id twice": return with(fixture.change([]), audit: good.audit!.id)
        case "a key that points at nothing":
            return fixture.change([], events: 0, generation: nil, claim: fixture.claim("k"))
        case "an unknown organization": return with(fixture.change([]), organization: ID(high: 5, low: 5))
        case "too few arguments": return kind("UPDATE time_slots SET seat = $1", [])
        default: preconditionFailure(what)
        }
    }

    @Test func aForeignKeyThatIsNotThereMakesAChangeStale() throws {
        let nowhere = ID(high: 6, low: 6)
        let row = fixture.slot(0, 1, calendar: nowhere)
        #expect(fixture.commit(fixture.change([row])) == ["stale"])
        #expect(try fixture.head().seq == 0)
    }

    @Test func aRowThatIsNotAsExpectedMakesItsChangeStale() {
        let nothing = WriteKind("none", phase: .records, columns: [], sql: "UPDATE calendars SET name = 'x' WHERE 0")
        let both = WriteKind("two", phase: .records, columns: [], sql: "UPDATE calendars SET name = 'x'")
        let any = WriteKind(
            "any", phase: .records, columns: [], expects: .any, sql: "UPDATE calendars SET name = 'x' WHERE 0")
        #expect(fixture.commit(fixture.change([nothing.row([])])) == ["stale"])
        #expect(fixture.commit(fixture.change([both.row([])])) == ["stale"])
        #expect(fixture.commit(fixture.change([any.row([])])) == ["committed(1)"])
    }

    /// Nothing can be written at all: no change is, and the next batch is not affected.
    @Test func aFullDiskFailsTheWholeBatch() throws {
        let big = String(repeating: "x", count: 200_000)
        try fixture.store.write("limit") { db in
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count")!
            try db.execute(sql: "PRAGMA max_page_count = \(pages + 2)")
        }
        let outcomes = fixture.commit(
            fixture.change([fixture.slot(0, 1)]), fixture.change([], payload: "\"\(big)\""),
            fixture.change([fixture.slot(2, 3)])
        )
        #expect(outcomes == ["failed(unavailable)", "failed(unavailable)", "failed(unavailable)"])
        #expect(try fixture.count("time_slots") == 0)
        #expect(try fixture.head().seq == 0)
        try fixture.store.write("limit") { db in try db.execute(sql: "PRAGMA max_page_count = 1000000") }
        #expect(fixture.commit(fixture.change([fixture.slot(0, 1)])) == ["committed(1)"])
    }

    // MARK: - Idempotency keys

    @Test func aKeyIsTakenOnce() throws {
        _ = fixture.commit(fixture.change([], claim: fixture.claim("k")))
        let outcomes = fixture.commit(
            fixture.change([fixture.slot(0, 1)], claim: fixture.claim("k")), fixture.change([fixture.slot(0, 1)])
        )
        #expect(outcomes == ["keyTaken", "committed(2)"])
        #expect(try fixture.count("idempotency_keys") == 1)
    }

    @Test func twoChangesOfOneBatchCannotShareAKey() throws {
        let outcomes = fixture.commit(
            fixture.change([fixture.slot(0, 1)], claim: fixture.claim("k")),
            fixture.change([fixture.slot(2, 3)], claim: fixture.claim("k"))
        )
        #expect(outcomes == ["committed(1)", "keyTaken"])
        #expect(try fixture.count("time_slots") == 1)
    }

    @Test func aKeyIsFreeAgainWhenItsTimeIsUpAndNotBefore() throws {
        _ = fixture.commit(fixture.change([], claim: fixture.claim("k")))
        let day = fixture.start.adding(seconds: IdempotencyClaim.lifetimeHours * 3_600)
        let early = fixture.claim("k", at: day.adding(microseconds: -1))
        #expect(fixture.commit(fixture.change([], claim: early)) == ["keyTaken"])
        #expect(fixture.commit(fixture.change([], claim: fixture.claim("k", at: day))) == ["committed(2)"])
        #expect(try fixture.store.query("SELECT seq FROM idempotency_keys", [])[0].int(0) == 2)
    }

    @Test func aKeptAnswerPointsAtNoEvent() throws {
        let claim = fixture.claim("k", response: [1, 2])
        #expect(fixture.commit(fixture.change([], claim: claim)) == ["committed(1)"])
        let row = try fixture.store.query("SELECT calendar_id, seq, response FROM idempotency_keys", [])[0]
        #expect(row.isNull(0) && row.isNull(1))
        #expect(try row.bytes(2) == [1, 2])
    }
}
