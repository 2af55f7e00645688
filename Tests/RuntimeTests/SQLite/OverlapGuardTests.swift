import TestSupport
@testable import SQL
import GRDB
import Scheduling
import Testing

@testable import AlmanacRuntime

/// What the database itself refuses, whoever writes.
@Suite struct OverlapGuardTests {
    private let fixture: StoreFixture

    init() throws { fixture = try StoreFixture() }

    private func insert(_ row: WriteRow) -> String { fixture.commit(fixture.change([row]))[0] }

    @Test(arguments: [
        (4, 6, "the same"), (5, 7, "over its end"), (3, 5, "over its start"), (3, 7, "around it"),
        (4, 5, "its first half"),
    ])
    func aRowThatOverlapsAnotherIsRefused(from: Int, to: Int, what: String) {
        _ = insert(fixture.slot(4, 6))
        #expect(insert(fixture.slot(from, to)) == "conflict(slot.insert)", "\(what)")
    }

    @Test func touchingRowsOtherSeatsAndOtherCalendarsAreAllowed() {
        _ = insert(fixture.slot(4, 6))
        #expect(insert(fixture.slot(2, 4)).hasPrefix("committed"))
        #expect(insert(fixture.slot(6, 8)).hasPrefix("committed"))
        #expect(insert(fixture.slot(4, 6, seat: 1)).hasPrefix("committed"))
        #expect(
            fixture.commit(fixture.change([fixture.slot(4, 6, calendar: fixture.other)], calendar: fixture.other))
                == ["committed(1)"]
        )
    }

    @Test func anOwnerMayOverlapItself() {
        let owner = fixture.mint()
        _ = insert(fixture.slot(4, 6, owner: owner, hold: true))
        #expect(insert(fixture.slot(5, 7, owner: owner)).hasPrefix("committed"))
        #expect(insert(fixture.slot(6, 8)) == "conflict(slot.insert)")
        // One row of each kind for an owner.
        #expect(insert(fixture.slot(20, 21, owner: owner)) == "conflict(slot.insert)")
    }

    @Test func aNeighbourThatStartedAlmostADayBeforeIsSeen() {
        #expect(insert(fixture.slot(0, 48)).hasPrefix("committed"))
        #expect(insert(fixture.slot(47, 49)) == "conflict(slot.insert)")
        #expect(insert(fixture.slot(48, 49)).hasPrefix("committed"))
    }

    @Test func aRowIsNeverLongerThanADayNorEmpty() throws {
        #expect(insert(fixture.slot(0, 49)).hasPrefix("failed"))
        #expect(insert(fixture.slot(4, 4)).hasPrefix("failed"))
        #expect(insert(fixture.slot(4, 3)).hasPrefix("failed"))
        #expect(try fixture.count("time_slots") == 0)
    }

    @Test(arguments: ["IGNORE", "REPLACE", "FAIL", "ROLLBACK"])
    func noConflictClauseGetsPastTheGuard(clause: String) throws {
        _ = insert(fixture.slot(4, 6))
        #expect(throws: StoreError.self) {
            try fixture.store.write("insert") { db in
                try db.execute(
                    sql: """
                        INSERT OR \(clause) INTO time_slots
                            (calendar_id, seat, starts_at, ends_at, kind, owner, organization_id)
                        SELECT calendar_id, seat, starts_at, ends_at, kind, randomblob(16), organization_id FROM time_slots
                        """
                )
            }
        }
        #expect(try fixture.count("time_slots") == 1)
    }

    @Test(arguments: [
        "starts_at = starts_at - 1800000000", "ends_at = ends_at + 3600000000", "seat = 0", "owner = randomblob(16)",
    ])
    func anUpdateIntoAnotherRowsTimeIsRefused(set: String) throws {
        let owner = fixture.mint()
        let movedSeat = set == "seat = 0" ? 1 : 0
        let overlapsAsOwner = set.hasPrefix("owner")
        _ = insert(fixture.slot(0, 2))
        _ = insert(fixture.slot(4, 6, owner: overlapsAsOwner ? owner : nil, hold: true))
        if movedSeat == 1 {
            _ = insert(fixture.slot(0, 2, seat: 1, owner: owner))
        } else {
            _ = insert(fixture.slot(overlapsAsOwner ? 4 : 2, overlapsAsOwner ? 6 : 4, owner: owner))
        }
        #expect(throws: StoreError.self) {
            try fixture.store.write("update") { db in
                try db.execute(
                    sql: "UPDATE time_slots SET \(set) WHERE owner = ? AND kind = 'appointment'",
                    arguments: [SQLiteStatement.databaseValue(.id(owner))]
                )
            }
        }
    }

    @Test func anUpdateWithinItsOwnTimeIsAllowed() throws {
        _ = insert(fixture.slot(4, 6))
        try fixture.store.write("update") { db in
            try db.execute(sql: "UPDATE time_slots SET ends_at = ends_at - 1, starts_at = starts_at + 1")
        }
    }

    /// Against a plain model: a row is refused exactly when it overlaps a live row of another owner.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func theGuardAgreesWithAModel(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var live: [(from: Int, to: Int, seat: Int, owner: ID)] = []
        for _ in 0..<600 {
            if Int.random(in: 0..<4, using: &random) == 0, !live.isEmpty {
                let gone = live.remove(at: Int.random(in: live.indices, using: &random))
                #expect(fixture.commit(fixture.change([fixture.freed(gone.owner)]))[0].hasPrefix("committed"))
                continue
            }
            let from = Int.random(in: 0..<400, using: &random)
            let to = from + Int.random(in: 1...48, using: &random)
            let seat = Int.random(in: 0..<3, using: &random)
            let owner = fixture.mint()
            let isFree = !live.contains { $0.seat == seat && $0.from < to && from < $0.to }
            let outcome = insert(fixture.slot(from, to, seat: seat, owner: owner))
            #expect(outcome.hasPrefix(isFree ? "committed" : "conflict"), "seed \(seed)")
            if isFree { live.append((from, to, seat, owner)) }
        }
    }
}
