@testable import SQL
@testable import JSON
import AlmanacRuntime
import Testing

@Suite struct HoldTests {
    @Test func aHoldKeepsItsTimeAndBecomesTheAppointment() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["hold_minutes": 10])
            let hold = try await tenant.hold(calendar).expect(201)
            let token = try #require(hold["hold_token"]?.string)
            #expect(
                hold.json.without("hold_token") == [
                    "starts_at": "2026-11-02T09:00:00Z", "ends_at": "2026-11-02T09:30:00Z",
                    "expires_at": "2026-11-01T12:10:00Z",
                ])
            #expect(hold.location == "/api/v1/calendars/\(calendar)/holds/\(token)")
            #expect(try await tenant.book(calendar).expect(409).reasons == ["held"])
            #expect(try await tenant.hold(calendar).expect(409).reasons == ["held"])
            let booked = try await tenant.book(calendar, Fixture.slot, ["hold_token": .string(token)]).expect(201)
            #expect(booked["starts_at"]?.string == Fixture.slot)
            #expect(try await tenant.explain(calendar, at: Fixture.slot).reasons == ["booked"])
            // Whose time it is, is for who may read appointments, and no part of a refusal.
            func source(_ answer: Answer) -> JSON? { answer["reasons"]?.array?.first?["source_id"] }
            #expect(source(try await tenant.explain(calendar, at: Fixture.slot)) == booked["id"])
            let clerk = try await tenant.member("clerk", ["calendars:read", "calendars:all"])
            #expect(source(try await clerk.explain(calendar, at: Fixture.slot)) == .null)
            #expect(source(try await tenant.book(calendar).expect(409)) == .null)
            // A token is good once.
            try await tenant.book(calendar, Fixture.slot, ["hold_token": .string(token)]).expect(410, "hold_expired")
            try await tenant.delete("calendars/\(calendar)/holds/\(token)").expect(404)
            #expect(try await test.query("SELECT COUNT(*) FROM time_slots").first?.int(0) == 1)
        }
    }

    @Test func aTokenIsBoundToItsTimeAndCalendar() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["allowed_durations_minutes": [30, 60]])
            let other = try await tenant.calendar()
            let hold = try await tenant.hold(calendar, Fixture.slot, ["duration_minutes": 60]).expect(201)
            #expect(hold["ends_at"] == "2026-11-02T10:00:00Z")
            let token: JSON = ["hold_token": hold["hold_token"]!]
            let moved = try await tenant.book(calendar, "2026-11-02T09:30:00Z", token).expect(422, "validation_failed")
            #expect(moved.errors == ["/starts_at hold_mismatch"])
            let shorter = try await tenant.book(calendar, Fixture.slot, token.with(["duration_minutes": 30])).expect(
                422)
            #expect(shorter.errors == ["/starts_at hold_mismatch"])
            try await tenant.book(other, Fixture.slot, token).expect(410, "hold_expired")
            try await tenant.delete("calendars/\(other)/holds/\(token["hold_token"]!.string!)").expect(404)
            // Nothing of that used the hold up; without a duration its own is taken.
            #expect(
                try await tenant.book(calendar, Fixture.slot, token).expect(201)["ends_at"] == "2026-11-02T10:00:00Z")
        }
    }

    @Test(arguments: ["x", "AAAA", "hold", String(repeating: "A", count: 255), "émile", "../..", "null"])
    func aTokenThatIsNoneIsAHoldThatEnded(token: String) async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            try await tenant.book(calendar, Fixture.slot, ["hold_token": .string(token)]).expect(410, "hold_expired")
            #expect(try await tenant.explain(calendar, at: Fixture.slot)["available"] == true)
        }
    }

    @Test func aTamperedTokenIsRefused() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let token = try #require(try await tenant.hold(calendar)["hold_token"]?.string)
            for index in [0, token.count / 2, token.count - 2] {
                var letters = Array(token)
                letters[index] = letters[index] == "A" ? "B" : "A"
                try await tenant.delete("calendars/\(calendar)/holds/\(String(letters))").expect(404)
                try await tenant.book(calendar, Fixture.slot, ["hold_token": .string(String(letters))]).expect(410)
            }
            try await tenant.delete("calendars/\(calendar)/holds/\(token)").expect(204)
        }
    }

    @Test func anExpiredHoldCannotBeBooked() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let token = try #require(try await tenant.hold(calendar)["hold_token"]?.string)
            test.clock.advance(seconds: 300)
            try await tenant.delete("calendars/\(calendar)/holds/\(token)").expect(404)
            try await tenant.book(calendar, Fixture.slot, ["hold_token": .string(token)]).expect(410, "hold_expired")
            try await tenant.book(calendar).expect(201)
        }
    }

    @Test func aReleasedHoldSetsItsTimeFree() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let token = try #require(try await tenant.hold(calendar)["hold_token"]?.string)
            let path = "calendars/\(calendar)/holds/\(token)"
            let released = try await tenant.delete(path).expect(204)
            #expect(released.bytes.isEmpty)
            try await tenant.delete(path).expect(404, "not_found")
            try await tenant.book(calendar, Fixture.slot, ["hold_token": .string(token)]).expect(410)
            try await tenant.hold(calendar).expect(201)
        }
    }

    @Test func aHoldSurvivesARestartOfItsCalendar() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let token: JSON = ["hold_token": try await tenant.hold(calendar)["hold_token"]!]
            try await test.evict(calendar)
            #expect(try await tenant.book(calendar).expect(409).reasons == ["held"])
            try await tenant.book(calendar, Fixture.slot, token).expect(201)
        }
    }

    @Test func aHoldCanBeBookedOnceOnlyHoweverManyTry() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let token: JSON = ["hold_token": try await tenant.hold(calendar)["hold_token"]!]
            let statuses = try await parallel(30) { _ in try await tenant.book(calendar, Fixture.slot, token).status }
            #expect(statuses.count { $0 == 201 } == 1)
            #expect(statuses.allSatisfy { [201, 409, 410].contains($0) })
            #expect(try await test.query("SELECT COUNT(*) FROM appointments").first?.int(0) == 1)
        }
    }

    @Test func holdsAreChecked() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let path = "calendars/\(calendar)/holds"
            #expect(try await tenant.post(path, [:]).expect(422).errors == ["/starts_at required"])
            #expect(
                try await tenant.hold(calendar, Fixture.slot, ["duration_minutes": 31]).expect(422).errors
                    == ["/duration_minutes duration_not_allowed"])
            #expect(
                try await tenant.hold(calendar, Fixture.slot, ["contact": [:], "duration_minutes": "x"]).expect(422)
                    .errors
                    == ["/contact unknown_field", "/duration_minutes type"])
            #expect(try await tenant.hold(calendar, "2026-11-02T09:01:00Z").expect(409).reasons == ["off_grid"])
            let hold = try await tenant.hold(calendar).expect(201)
            // What was read can be sent again.
            try await tenant.post(path, hold.json.with(["starts_at": "2026-11-02T10:00:00Z"])).expect(201)
        }
    }
}
