@testable import SQL
@testable import JSON
import AlmanacRuntime
import Testing

@Suite struct ConcurrencyTests {
    @Test func ofTwoHundredBookingsOfOneSlotOneSucceeds() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let answers = try await parallel(200) { index in
                try await tenant.book(calendar, Fixture.slot, ["title": .string("\(index)")])
            }
            #expect(answers.count { $0.status == 201 } == 1)
            let refused = answers.filter { $0.status != 201 }
            #expect(
                refused.allSatisfy { $0.status == 409 && $0.code == "slot_unavailable" && $0.reasons == ["booked"] })
            #expect(refused.allSatisfy { (0...3).contains($0["alternatives"]?.array?.count ?? 4) })
            #expect(try await test.query("SELECT COUNT(*) FROM appointments").first?.int(0) == 1)
            #expect(try await test.query("SELECT COUNT(*) FROM time_slots").first?.int(0) == 1)
            try await expectConsecutiveEvents(test)
        }
    }

    @Test func fiveHundredSlotsWithFourSeatsFillExactly() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let always: JSON = .array(
                ["monday", "tuesday"].map { ["day_of_week": .string($0), "start": "00:00", "end": "24:00"] })
            let calendar = try await tenant.calendar([
                "capacity": 4, "slot_duration_minutes": 5, "business_hours": always,
            ])
            let starts = Array(try await tenant.availability(calendar, to: "2026-11-03").starts.prefix(500))
            try #require(starts.count == 500)
            let statuses = try await parallel(2_500) { index in
                try await tenant.book(calendar, starts[index % 500]).status
            }
            #expect(statuses.count { $0 == 201 } == 2_000)
            #expect(statuses.count { $0 == 409 } == 500)
            let seats = try await test.query(
                "SELECT starts_at, COUNT(DISTINCT seat), COUNT(*) FROM time_slots GROUP BY starts_at")
            #expect(seats.count == 500)
            for row in seats { #expect(try row.int(1) == 4 && row.int(2) == 4) }
            #expect(
                try await tenant.availability(calendar, from: starts[0], to: "2026-11-03").starts.first {
                    starts.contains($0)
                } == nil)
            try await expectConsecutiveEvents(test)
        }
    }

    @Test func holdsBookingsAndCancellationsTogetherLeaveNoOverlap() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["slot_interval_minutes": 10])
            let starts = try await tenant.availability(calendar).starts
            _ = try await parallel(300) { index in
                let start = starts[index * 7 % starts.count]
                switch index % 3 {
                case 0:
                    let answer = try await tenant.book(calendar, start)
                    if answer.status == 201, index % 2 == 0 {
                        try await tenant.cancel(answer["id"]!.string!).expect(200)
                    }
                case 1:
                    let hold = try await tenant.hold(calendar, start)
                    if hold.status == 201 {
                        try await tenant.book(calendar, start, ["hold_token": hold["hold_token"]!]).expect(201)
                    }
                default:
                    let hold = try await tenant.hold(calendar, start)
                    if hold.status == 201 {
                        try await tenant.delete("calendars/\(calendar)/holds/\(hold["hold_token"]!.string!)").expect(
                            204)
                    }
                }
            }
            let overlaps = try await test.query(
                """
                SELECT COUNT(*) FROM appointments a JOIN appointments b ON a.calendar_id = b.calendar_id AND a.id < b.id
                WHERE a.status <> 'cancelled' AND b.status <> 'cancelled'
                    AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
                """
            )
            #expect(try overlaps.first?.int(0) == 0)
            let warm = try await tenant.availability(calendar)
            try await test.evict(calendar)
            #expect(try await tenant.availability(calendar).starts == warm.starts)
            try await expectConsecutiveEvents(test)
        }
    }

    /// Each calendar's events are numbered from 1 without a gap, up to what its head says.
    private func expectConsecutiveEvents(_ test: TestServer) async throws {
        let rows = try await test.query(
            """
            SELECT h.seq, COUNT(e.seq), MIN(e.seq), MAX(e.seq) FROM calendar_heads h
            LEFT JOIN events e ON e.calendar_id = h.calendar_id GROUP BY h.calendar_id
            """
        )
        for row in rows {
            #expect(try row.int(0) == row.int(1))
            #expect(try row.int(0) == row.int(3))
            #expect(try row.int(2) == 1)
        }
    }
}
