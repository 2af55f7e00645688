@testable import JSON
import AlmanacRuntime
import Testing

/// Capacity counts guests at any moment; seats are only numbers.
@Suite struct CapacityTests {
    /// Seats of a start, as availability says it; nil if it is not offered.
    private func seats(
        _ tenant: Client, _ calendar: String, _ start: String = Fixture.slot, minutes: Int = 30
    ) async throws -> Int? {
        let answer = try await tenant.availability(calendar, "&duration_minutes=\(minutes)").expect(200)
        return answer["slots"]?.array?.first { $0["start"]?.string == start }?["seats_available"]?.int
    }

    private func book(_ tenant: Client, _ calendar: String, _ time: String, _ minutes: Int = 30) async throws -> Answer
    {
        let duration = JSON.number(JSONNumber(minutes))
        return try await tenant.book(calendar, "2026-11-02T\(time):00Z", ["duration_minutes": duration])
    }

    @Test func whoIsLeftAfterTheCapacityWasLoweredFillsTheTime() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["capacity": 2])
            let first = try await tenant.book(calendar).expect(201)
            let second = try await tenant.book(calendar).expect(201)
            #expect(second["seat"] == 1)
            try await tenant.cancel(try #require(first["id"]?.string)).expect(200)
            #expect(try await seats(tenant, calendar) == 1)
            try await tenant.patch("calendars/\(calendar)", ["capacity": 1]).expect(200)
            #expect(try await seats(tenant, calendar) == nil)
            #expect(try await tenant.explain(calendar, at: Fixture.slot).reasons == ["full"])
            let refused = try await tenant.book(calendar).expect(409, "slot_unavailable")
            #expect(refused.reasons == ["full"])
            #expect(refused["alternatives"]?.array?.contains { $0["start"]?.string == Fixture.slot } == false)
            #expect(try await tenant.hold(calendar).expect(409, "slot_unavailable").reasons == ["full"])
            try await tenant.cancel(try #require(second["id"]?.string)).expect(200)
            #expect(try await seats(tenant, calendar) == 1)
            #expect(try await tenant.book(calendar).expect(201)["seat"] == 0)
            #expect(try await tenant.book(calendar).expect(409, "slot_unavailable").reasons == ["booked"])
        }
    }

    @Test func aHoldThatIsLeftFillsTheTimeUntilItEndsOrBecomesTheBooking() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["capacity": 3])
            let booked = try await tenant.book(calendar).expect(201)
            let held = try await tenant.hold(calendar).expect(201)
            try await tenant.cancel(try #require(booked["id"]?.string)).expect(200)
            try await tenant.patch("calendars/\(calendar)", ["capacity": 1]).expect(200)
            #expect(try await tenant.book(calendar).expect(409, "slot_unavailable").reasons == ["full"])
            let token = try #require(held["hold_token"])
            #expect(try await tenant.book(calendar, Fixture.slot, ["hold_token": token]).expect(201)["seat"] == 1)
            #expect(try await seats(tenant, calendar) == nil)
            let other = "2026-11-02T10:00:00Z"
            try await tenant.hold(calendar, other).expect(201)
            #expect(try await seats(tenant, calendar, other) == nil)
            test.clock.advance(seconds: 300)
            #expect(try await seats(tenant, calendar, other) == 1)
            #expect(try await tenant.book(calendar, other).expect(201)["seat"] == 0)
        }
    }

    @Test func guestsScatteredOverSeatsRefuseNoTimeAtWhichThereIsRoom() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["capacity": 2, "allowed_durations_minutes": [30, 60]])
            try await book(tenant, calendar, "09:00").expect(201)
            let gone = try await book(tenant, calendar, "09:30").expect(201)
            #expect(try await book(tenant, calendar, "09:30").expect(201)["seat"] == 1)
            try await tenant.cancel(try #require(gone["id"]?.string)).expect(200)
            // Seat 0 until half past, seat 1 from then on: one of two is there throughout.
            #expect(try await seats(tenant, calendar, minutes: 60) == 1)
            #expect(try await tenant.explain(calendar, at: Fixture.slot, "&duration_minutes=60")["available"] == true)
            #expect(try await book(tenant, calendar, "09:00", 60).expect(201)["seat"] == 2)
            #expect(try await seats(tenant, calendar, minutes: 60) == nil)
            for (time, minutes) in [("09:00", 30), ("09:30", 30), ("09:00", 60), ("09:30", 60)] {
                #expect(try await book(tenant, calendar, time, minutes).expect(409).reasons == ["full"])
            }
            // A process that reads it from the record says the same.
            try await test.evict(calendar)
            #expect(try await seats(tenant, calendar, minutes: 60) == nil)
            #expect(try await seats(tenant, calendar, "2026-11-02T10:00:00Z") == 2)
        }
    }

    @Test func aLongSlotHasTheSeatsOfItsFullestMoment() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["capacity": 4, "allowed_durations_minutes": [30, 120]])
            for time in ["09:00", "09:30", "09:30", "10:00", "10:30"] {
                try await book(tenant, calendar, time).expect(201)
            }
            #expect(try await seats(tenant, calendar, minutes: 120) == 2)
            try await tenant.patch("calendars/\(calendar)", ["capacity": 2]).expect(200)
            #expect(try await seats(tenant, calendar, minutes: 120) == nil)
            #expect(try await seats(tenant, calendar) == 1)
            try await tenant.post("calendars/\(calendar)/buffer-times", ["kind": "after", "minutes": 10]).expect(201)
            // Those of half past nine are there until twenty past ten with the gap on either side of them.
            #expect(try await seats(tenant, calendar) == nil)
            #expect(try await tenant.explain(calendar, at: Fixture.slot).reasons == ["buffer"])
            #expect(try await seats(tenant, calendar, "2026-11-02T11:30:00Z") == 2)
        }
    }

    @Test func busyTimeOfOthersTakesAllSeatsInAPreview() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let body: JSON = [
                "calendar": Fixture.calendar.without("name").with(["capacity": 3, "slot_duration_minutes": 120]),
                "busy": [["start": "2026-11-02T11:30:00Z", "end": "2026-11-02T11:31:00Z"]],
                "from": "2026-11-02", "to": "2026-11-02", "now": "2026-11-01T00:00:00Z",
            ]
            let answer = try await tenant.post("availability/preview", body).expect(200)
            #expect(answer.starts == ["2026-11-02T09:00:00Z", "2026-11-02T13:00:00Z", "2026-11-02T15:00:00Z"])
            #expect(answer["slots"]?.array?.allSatisfy { $0["seats_available"] == 3 } == true)
        }
    }
}
