@testable import JSON
import AlmanacRuntime
import Testing

/// An answer without slots says when there are some.
@Suite struct NextAvailableTests {
    private let saturday = "2026-11-07"
    private let monday: JSON = "2026-11-09T09:00:00Z"

    @Test func anAnswerWithoutSlotsNamesTheNextStart() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            for range in ["2026-11-07&to=2026-11-08", "2026-11-07T10:00:00Z&to=2026-11-07T10:00:00Z"] {
                for more in ["", "&group_by=day", "&timezone=America/New_York"] {
                    let answer = try await tenant.get("calendars/\(calendar)/availability?from=\(range)\(more)")
                    #expect(answer.expect(200)["next_available"] == monday, "\(range) \(more)")
                }
            }
            let slots = try await tenant.availability(calendar).expect(200)
            #expect(slots["slots"] != [] && slots["next_available"] == nil)
            // A range of the past, and one beyond the horizon.
            let past = try await tenant.availability(calendar, from: "2026-10-01", to: "2026-10-02").expect(200)
            #expect(past["next_available"] == "2026-11-02T09:00:00Z")
            let far = try await tenant.availability(calendar, from: "2027-02-01", to: "2027-02-02").expect(200)
            #expect(far["next_available"] == .null)
        }
    }

    @Test func withoutHoursThereIsNone() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["business_hours": []])
            #expect(try await tenant.availability(calendar).expect(200)["next_available"] == .null)
            let days = try await tenant.availability(calendar, "&group_by=day").expect(200)
            #expect(days["days"] == [:] && days["next_available"] == .null)
        }
    }

    @Test func itFollowsBookingsAndTheClock() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["horizon_days": 10, "max_bookings_per_day": 1])
            func next() async throws -> JSON? {
                try await tenant.availability(calendar, from: saturday, to: saturday).expect(200)["next_available"]
            }
            #expect(try await next() == monday)
            let booked = try await tenant.book(calendar, "2026-11-09T12:00:00Z").expect(201)
            #expect(try await next() == "2026-11-10T09:00:00Z")
            let held = try await tenant.hold(calendar, "2026-11-10T12:00:00Z").expect(201)
            #expect(held["expires_at"] == "2026-11-01T12:05:00Z")
            #expect(try await next() == "2026-11-11T09:00:00Z")
            test.clock.advance(seconds: 300)
            #expect(try await next() == "2026-11-10T09:00:00Z")
            try await tenant.cancel(try #require(booked["id"]?.string)).expect(200)
            #expect(try await next() == monday)
            // Beyond the horizon, until the clock comes near.
            let far = "2026-11-14"
            func later() async throws -> JSON? {
                try await tenant.availability(calendar, from: far, to: far).expect(200)["next_available"]
            }
            #expect(try await later() == .null)
            test.clock.advance(seconds: 4 * 86_400 + 75_299)
            #expect(try await later() == .null)
            test.clock.advance(seconds: 1)
            #expect(try await later() == "2026-11-16T09:00:00Z")
        }
    }

    @Test func aPreviewNamesItToo() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            var body: JSON = [
                "calendar": Fixture.calendar, "from": "2026-11-07", "to": "2026-11-08", "now": "2026-11-01T12:00:00Z",
            ]
            let answer = try await tenant.post("availability/preview", body).expect(200)
            #expect(answer["slots"] == [] && answer["next_available"] == monday)
            body = body.with(["calendar": Fixture.calendar.with(["business_hours": []]), "group_by": "day"])
            #expect(try await tenant.post("availability/preview", body).expect(200)["next_available"] == .null)
        }
    }
}
