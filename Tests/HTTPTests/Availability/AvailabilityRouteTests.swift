@testable import JSON
import AlmanacRuntime
import Testing

@Suite struct AvailabilityRouteTests {
    @Test func datesAreTheCalendarsUnlessAZoneIsNamed() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["timezone": "America/New_York", "slot_duration_minutes": 240])
            let answer = try await tenant.availability(calendar).expect(200)
            #expect(answer.type == "application/json; charset=utf-8")
            #expect(answer["calendar_id"] == .string(calendar))
            #expect(answer["timezone"] == "America/New_York")
            #expect(answer["seq"]?.int != nil)
            #expect(
                answer["slots"] == [
                    ["start": "2026-11-02T14:00:00Z", "end": "2026-11-02T18:00:00Z", "seats_available": 1],
                    ["start": "2026-11-02T18:00:00Z", "end": "2026-11-02T22:00:00Z", "seats_available": 1],
                ])
            let tokyo = try await tenant.availability(
                calendar, from: "2026-11-03", to: "2026-11-03", "&timezone=Asia/Tokyo")
            #expect(tokyo["timezone"] == "Asia/Tokyo")
            #expect(tokyo.starts == ["2026-11-02T18:00:00Z", "2026-11-03T14:00:00Z"])
        }
    }

    @Test func aSlotBelongsWhereItsStartLies() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["slot_duration_minutes": 60])
            let ranges: [(String, String, Int)] = [
                ("2026-11-02", "2026-11-02", 8), ("2026-11-02", "2026-11-06", 40), ("2026-11-07", "2026-11-08", 0),
                ("2026-11-02T09:00:00Z", "2026-11-02T10:00:00Z", 1),
                ("2026-11-02T09:00:01Z", "2026-11-02T10:00:00Z", 0),
                ("2026-11-02T09:00:00Z", "2026-11-02T10:00:01Z", 2),
                ("2026-11-02T09:30:00Z", "2026-11-02T09:30:00Z", 0),
                ("2026-11-02T10:00:00%2B01:00", "2026-11-02T12:00:00+01:00", 2),
                ("2026-11-02T09:00:00Z", "2026-11-02", 8),
                ("2026-11-02", "2026-11-02T10:00:00Z", 1), ("2026-01-01", "2026-12-31", 320 + 32),
            ]
            for (from, to, count) in ranges {
                let answer = try await tenant.availability(calendar, from: from, to: to).expect(200)
                if count < 300 {
                    #expect(answer.starts.count == count, "\(from) \(to)")
                } else {
                    #expect(answer.starts.count > 300)
                }
            }
        }
    }

    @Test func daysAreKeyedInTheZoneAskedFor() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["slot_duration_minutes": 240])
            let flat = try await tenant.availability(calendar, to: "2026-11-08")
            let days = try await tenant.availability(calendar, to: "2026-11-08", "&group_by=day").expect(200)
            #expect(days["slots"] == nil)
            #expect(
                days["days"]?.object?.keys == ["2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05", "2026-11-06"])
            #expect(days["days"]?.object?.flatMap { $0.1.array ?? [] } == flat["slots"]?.array)
            let auckland = try await tenant.availability(
                calendar, from: "2026-11-02", to: "2026-11-03", "&group_by=day&timezone=Pacific/Auckland")
            #expect(auckland["days"]?.object?.keys == ["2026-11-02", "2026-11-03"])
            #expect(auckland["days"]?["2026-11-03"]?.array?.first?["start"] == "2026-11-02T13:00:00Z")
            #expect(
                try await tenant.availability(calendar, from: "2026-11-07", to: "2026-11-08", "&group_by=day")["days"]
                    == [:])
        }
    }

    @Test func anotherDurationKeepsTheGrid() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["allowed_durations_minutes": [30, 120]])
            let long = try await tenant.availability(calendar, "&duration_minutes=120").expect(200)
            #expect(long.starts.count == 13)
            #expect(long.starts[1] == "2026-11-02T09:30:00Z")
            #expect(long["slots"]?.array?.last?["end"] == "2026-11-02T17:00:00Z")
            let refused = try await tenant.availability(calendar, "&duration_minutes=45").expect(422, "invalid_query")
            #expect(refused.errors == ["/duration_minutes duration_not_allowed"])
            #expect(
                try await tenant.explain(calendar, at: Fixture.slot, "&duration_minutes=45").expect(
                    422, "invalid_query"
                ).errors == refused.errors)
            #expect(
                try await tenant.explain(calendar, at: Fixture.slot, "&duration_minutes=120").expect(200)["available"]
                    == true)
            #expect(
                try await tenant.explain(calendar, at: "2026-11-02T16:00:00Z", "&duration_minutes=120").reasons == [
                    "closed"
                ])
        }
    }

    @Test func queriesAreCheckedWithAllErrorsAtOnce() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let path = "calendars/\(try await tenant.calendar())/availability"
            let cases: [(String, [String])] = [
                ("", ["/from required", "/to required"]), ("?from=2026-11-02", ["/to required"]),
                ("?from=&to=", ["/from invalid_range", "/to invalid_range"]),
                ("?from=2026-02-30&to=2026-11-02T09:00:00", ["/from invalid_range", "/to invalid_range"]),
                ("?from=2026-11-03&to=2026-11-02", ["/to before_start"]),
                ("?from=2026-11-02T10:00:00Z&to=2026-11-02T09:00:00Z", ["/to before_start"]),
                ("?from=2026-11-02&to=2027-11-03", ["/to range_too_long"]),
                ("?from=0001-01-01&to=9999-12-31", ["/to range_too_long"]),
                ("?from=10000-01-01&to=10000-01-02", ["/from invalid_range", "/to invalid_range"]),
                ("?from=2026-11-02&to=2026-11-02&from=2026-11-01", ["/from duplicate"]),
                (
                    "?from=2026-11-02&to=2026-11-02&timezone=Nowhere&duration_minutes=x&group_by=week",
                    ["/duration_minutes out_of_range", "/group_by invalid_value", "/timezone invalid_timezone"]
                ),
                ("?from=2026-11-02&to=2026-11-02&duration_minutes=0", ["/duration_minutes out_of_range"]),
                (
                    "?from=2026-11-02&to=2026-11-02&duration_minutes=99999999999999999999",
                    ["/duration_minutes out_of_range"]
                ),
                ("?from=%zz&to=%ff", ["/from invalid_encoding", "/to invalid_encoding"]),
                ("?from=%00&to=2026-11-02", ["/from invalid_range"]),
                ("?from=2026-11-02&to=2026-11-02&timezone=..%2F..%2Fetc%2Fpasswd", ["/timezone invalid_timezone"]),
                ("?from=2026-11-02&to=2026-11-02&timezone=", ["/timezone invalid_timezone"]),
            ]
            for (query, errors) in cases {
                #expect(try await tenant.get(path + query).expect(422, "invalid_query").errors == errors, "\(query)")
            }
            for query in [
                "?from=2026-11-02&to=2027-11-02", "?from=0001-01-01&to=0001-12-31", "?from=9999-01-01&to=9999-12-31",
                "?from=2026-11-02&to=2026-11-02&&", "?from=2026-11-02&to=2026-11-02#x",
            ] {
                try await tenant.get(path + query).expect(200)
            }
            let tracked = "?from=2026-11-02&to=2026-11-02&utm_source=x&&=&a=%zz"
            try await tenant.get(path + tracked).expect(422, "unknown_parameter")
            for (query, errors) in [
                ("", ["/at required"]), ("?at=2026-11-02", ["/at invalid_instant"]),
                ("?at=x&duration_minutes=0", ["/at invalid_instant", "/duration_minutes out_of_range"]),
            ] {
                #expect(try await tenant.get(path + "/explain" + query).expect(422, "invalid_query").errors == errors)
            }
            for at in ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-02T09:00:00%2B23:59"] {
                #expect(try await tenant.get(path + "/explain?at=\(at)").expect(200)["available"] == false)
            }
        }
    }

    @Test func seatsCountDownAndComeBack() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["capacity": 2])
            func seats() async throws -> Int? {
                try await tenant.availability(calendar)["slots"]?.array?.first { $0["start"]?.string == Fixture.slot }?[
                    "seats_available"]?.int
            }
            #expect(try await seats() == 2)
            let first = try await tenant.book(calendar).expect(201)
            #expect(first["seat"] == 0)
            #expect(try await seats() == 1)
            #expect(try await tenant.book(calendar).expect(201)["seat"] == 1)
            #expect(try await seats() == nil)
            #expect(try await tenant.explain(calendar, at: Fixture.slot).reasons == ["full"])
            #expect(try await tenant.book(calendar).expect(409, "slot_unavailable").reasons == ["full"])
            try await tenant.cancel(first["id"]!.string!).expect(200)
            #expect(try await seats() == 1)
            #expect(try await tenant.book(calendar).expect(201)["seat"] == 0)
            // Lowering the capacity keeps what is booked.
            try await tenant.patch("calendars/\(calendar)", ["capacity": 1]).expect(200)
            #expect(try await seats() == nil)
            #expect(try await tenant.get("appointments")["data"]?.array?.count { $0["status"] == "confirmed" } == 2)
        }
    }

    @Test func everyOpeningRuleExplainsItself() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar([
                "min_notice_minutes": 1_440, "horizon_days": 7, "max_bookings_per_day": 2,
            ])
            let cases = [
                ("2026-11-07T09:00:00Z", "closed"), ("2026-11-03T08:30:00Z", "closed"),
                ("2026-11-03T09:10:00Z", "off_grid"),
                ("2026-11-02T09:00:00Z", "notice"), ("2026-11-09T09:00:00Z", "horizon"),
                ("2020-01-01T09:00:00Z", "notice"),
            ]
            for (start, code) in cases {
                let answer = try await tenant.explain(calendar, at: start).expect(200)
                #expect(answer["available"] == false)
                #expect(answer.reasons.first == code, "\(start)")
                #expect(try await tenant.book(calendar, start).expect(409).reasons == answer.reasons)
            }
            let free = try await tenant.explain(calendar, at: "2026-11-03T09:00:00Z").expect(200)
            #expect(free.json == ["available": true, "reasons": []])
            try await tenant.book(calendar, "2026-11-03T09:00:00Z").expect(201)
            #expect(try await tenant.explain(calendar, at: "2026-11-03T09:00:00Z").reasons == ["booked"])
            try await tenant.hold(calendar, "2026-11-03T10:00:00Z").expect(201)
            #expect(try await tenant.explain(calendar, at: "2026-11-03T10:00:00Z").reasons == ["daily_limit", "held"])
            #expect(try await tenant.explain(calendar, at: "2026-11-03T11:00:00Z").reasons == ["daily_limit"])
            #expect(try await tenant.availability(calendar, from: "2026-11-03", to: "2026-11-03").starts == [])
            test.clock.advance(seconds: 300)
            #expect(try await tenant.explain(calendar, at: "2026-11-03T11:00:00Z")["available"] == true)
        }
    }

    /// A time that is over is refused by the notice, and the detail says why.
    @Test func aPastTimeIsSaidToBePast() async throws {
        try await TestServer.run(now: "2026-11-04T12:00:00Z") { test in
            let tenant = try await test.tenant()
            for notice in [0, 120] {
                let calendar = try await tenant.calendar(["min_notice_minutes": .number(JSONNumber(notice))])
                func detail(_ start: String) async throws -> (String?, String?) {
                    let answer = try await tenant.explain(calendar, at: start).expect(200)
                    let reason = answer["reasons"]?.array?.first { $0["code"] == "notice" }
                    return (answer.reasons.first, reason?["detail"]?.string)
                }
                for past in ["2026-11-03T09:00:00Z", "2026-11-04T11:30:00Z", "2026-11-04T12:30:00%2B01:00"] {
                    #expect(try await detail(past) == ("notice", "This time has passed."), "\(past)")
                }
                // One that was closed is that first.
                #expect(try await detail("2026-11-01T09:00:00Z") == ("closed", "This time has passed."))
                let soon = try await detail("2026-11-04T12:30:00Z")
                if notice == 0 {
                    #expect(soon == (nil, nil))
                } else {
                    #expect(soon == ("notice", "Bookings close 120 minutes before the start."))
                }
                let booked = try await tenant.book(calendar, "2026-11-03T09:00:00Z").expect(409, "slot_unavailable")
                #expect(booked["detail"] == "This time has passed.")
            }
        }
    }
}
