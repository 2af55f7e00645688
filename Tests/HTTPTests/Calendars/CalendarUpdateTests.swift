@testable import SQL
@testable import JSON
import AlmanacRuntime
import Testing

@Suite struct CalendarUpdateTests {
    @Test func whatWasReadCanBeSentBack() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["capacity": 3, "owner": ["name": "Ada", "email": nil]])
            let read = try await tenant.get("calendars/\(calendar)")
            let put = try await tenant.put("calendars/\(calendar)", read.json.with(["name": "New"])).expect(200)
            #expect(put.json == read.json.with(["name": "New", "version": 2]))
            let patched = try await tenant.patch("calendars/\(calendar)", read.json).expect(200)
            #expect(patched.json == read.json.with(["version": 3]))
            // And a new one made of it.
            try await tenant.post("calendars", read.json.with(["slug": nil])).expect(201)
        }
    }

    @Test func replacingTakesDefaultsButKeepsHoursAndSlug() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar([
                "slug": "kept", "capacity": 3, "description": "x", "metadata": ["a": 1], "horizon_days": 5,
                "slot_duration_minutes": 60, "reminders": [],
            ])
            test.clock.advance(seconds: 60)
            let put = try await tenant.put("calendars/\(calendar)", ["name": "New", "timezone": "Europe/Paris"]).expect(
                200)
            let expected: JSON = [
                "name": "New", "timezone": "Europe/Paris", "slug": "kept", "business_hours": Fixture.week,
                "capacity": 1,
                "description": nil, "metadata": [:], "horizon_days": 60, "slot_duration_minutes": 30,
                "allowed_durations_minutes": [30], "reminders": [["channel": "email", "before_minutes": 1440]],
                "version": 2, "created_at": "2026-11-01T12:00:00Z", "updated_at": "2026-11-01T12:01:00Z",
            ]
            for (key, value) in expected.object ?? JSONObject() { #expect(put[key] == value, "\(key)") }
            let closed = Fixture.calendar.with(["business_hours": []])
            #expect(try await tenant.put("calendars/\(calendar)", closed)["business_hours"] == [])
        }
    }

    @Test func aPatchMergesAndNullResets() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar([
                "metadata": ["keep": 1, "drop": 2, "deep": ["a": 1, "b": 2]],
                "owner": ["name": "Ada", "email": "a@b.c"],
                "notify": ["x@example.com"], "color": "#000000", "max_bookings_per_day": 4, "location": "Here",
            ])
            let patch: JSON = [
                "metadata": ["drop": nil, "new": [1, nil], "deep": ["b": nil, "c": 3]], "owner": ["email": nil],
                "notify": ["y@example.com"], "color": nil, "max_bookings_per_day": nil, "location": nil,
                "horizon_days": nil,
            ]
            let changed = try await tenant.patch("calendars/\(calendar)", patch).expect(200)
            #expect(changed["metadata"] == ["keep": 1, "deep": ["a": 1, "c": 3], "new": [1, nil]])
            #expect(changed["owner"] == ["name": "Ada", "email": nil])
            #expect(changed["notify"] == ["y@example.com"])
            #expect(changed["color"] == .null)
            #expect(changed["max_bookings_per_day"] == .null)
            #expect(changed["horizon_days"] == 60)
            #expect(changed["business_hours"] == Fixture.week)
            try await test.evict(calendar)
            #expect(try await tenant.get("calendars/\(calendar)").json == changed.json)
            let mediaType = ["Content-Type": "application/merge-patch+json; charset=utf-8"]
            try await tenant.patch("calendars/\(calendar)", ["owner": nil, "metadata": nil], headers: mediaType).expect(
                200)
            for required in ["name", "timezone"] {
                let answer = try await tenant.patch("calendars/\(calendar)", [required: nil])
                #expect(answer.expect(422).errors == ["/\(required) required"])
            }
            #expect(
                try await tenant.patch("calendars/\(calendar)", ["nmae": nil]).expect(422).errors == [
                    "/nmae unknown_field"
                ])
            #expect(try await tenant.patch("calendars/\(calendar)", [1]).expect(422).errors == [" type"])
        }
    }

    @Test func whatFollowsTheSlotDurationGoesOnFollowingIt() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let plain = try await tenant.calendar()
            let changed = try await tenant.patch("calendars/\(plain)", ["slot_duration_minutes": 45]).expect(200)
            #expect(changed["allowed_durations_minutes"] == [45])
            #expect(changed["slot_interval_minutes"] == 45)
            let set = try await tenant.calendar(["allowed_durations_minutes": [30, 60], "slot_interval_minutes": 15])
            let kept = try await tenant.patch("calendars/\(set)", ["slot_duration_minutes": 45]).expect(200)
            #expect(kept["allowed_durations_minutes"] == [45, 30, 60])
            #expect(kept["slot_interval_minutes"] == 15)
            let both = try await tenant.patch(
                "calendars/\(plain)", ["slot_duration_minutes": 20, "slot_interval_minutes": 5])
            #expect(both.expect(200)["slot_interval_minutes"] == 5)
        }
    }

    @Test func theWeekIsReplacedAsAWhole() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let path = "calendars/\(calendar)/business-hours"
            let week: JSON = ["business_hours": [["day_of_week": "monday", "start": "10:00", "end": "11:00"]]]
            let answer = try await tenant.put(path, week).expect(200)
            #expect(answer["business_hours"] == week["business_hours"])
            #expect(answer["version"] == 2)
            #expect(answer.etag == (try await tenant.get("calendars/\(calendar)").etag))
            #expect(try await tenant.availability(calendar).starts == ["2026-11-02T10:00:00Z", "2026-11-02T10:30:00Z"])
            try await tenant.put(path, week, headers: ["If-Match": "\"x\""]).expect(412)
            #expect(try await tenant.put(path, [:]).expect(422).errors == ["/business_hours required"])
            #expect(
                try await tenant.put(path, ["business_hours": nil]).expect(422).errors == ["/business_hours required"])
            #expect(
                try await tenant.put(path, ["business_hours": [], "x": 1]).expect(422).errors == ["/x unknown_field"])
            try await tenant.put(path, ["business_hours": []]).expect(200)
            #expect(try await tenant.availability(calendar).starts == [])
        }
    }

    @Test func aChangedZoneMovesTheHoursAndNotTheAppointments() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let booked = try await tenant.book(calendar, "2026-11-02T14:00:00Z").expect(201)
            try await tenant.patch("calendars/\(calendar)", ["timezone": "America/New_York"]).expect(200)
            let starts = try await tenant.availability(calendar).starts
            #expect(starts.first == "2026-11-02T14:30:00Z")
            #expect(starts.last == "2026-11-02T21:30:00Z")
            #expect(try await tenant.get("appointments/\(booked["id"]!.string!)").bytes == booked.bytes)
            let update = try await test.query("SELECT payload FROM events WHERE type = 'calendar.updated'").first?.json(
                0)
            #expect(update?["timezone"] == "America/New_York")
            #expect(update?["previous_timezone"] == "UTC")
        }
    }

    @Test func conditionsAreHeldAgainstTheVersion() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let path = "calendars/\(calendar)"
            let first = try #require(try await tenant.get(path).etag)
            try await tenant.get(path, headers: ["If-None-Match": first]).expect(304)
            try await tenant.get(path, headers: ["If-None-Match": "\"a\", W/\(first)"]).expect(304)
            try await tenant.get(path, headers: ["If-None-Match": "*"]).expect(304)
            let second = try await tenant.patch(path, ["name": "B"], headers: ["If-Match": first]).expect(200)
            #expect(second["version"] == 2)
            for stale in [first, "", "W/\(second.etag!)", second.etag!.replacing("\"", with: ""), "junk"] {
                try await tenant.patch(path, ["name": "C"], headers: ["If-Match": stale]).expect(
                    412, "precondition_failed")
                try await tenant.put(path, Fixture.calendar, headers: ["If-Match": stale]).expect(412)
            }
            try await tenant.get(path, headers: ["If-None-Match": first]).expect(200)
            try await tenant.put(path, Fixture.calendar, headers: ["If-Match": "*"]).expect(200)
            let tags = "\"x\" , \"\(calendar)-3\""
            try await tenant.patch(path, ["name": "D"], headers: ["If-Match": tags]).expect(200)
            #expect(try await tenant.get(path)["version"] == 4)
            // Bookings leave the version alone.
            try await tenant.book(calendar).expect(201)
            #expect(try await tenant.get(path)["version"] == 4)
        }
    }

    @Test func parallelPatchesLoseNothing() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let statuses = try await parallel(40) { index in
                try await tenant.patch("calendars/\(calendar)", ["metadata": ["k\(index)": 1]]).status
            }
            #expect(statuses == Array(repeating: 200, count: 40))
            let read = try await tenant.get("calendars/\(calendar)")
            #expect(read["metadata"]?.object?.count == 40)
            #expect(read["version"] == 41)
            let conditional = try await parallel(20) { index in
                try await tenant.patch(
                    "calendars/\(calendar)", ["name": .string("N\(index)")], headers: ["If-Match": read.etag!]
                ).status
            }
            #expect(conditional.count { $0 == 200 } == 1)
            #expect(conditional.count { $0 == 412 } == 19)
        }
    }
}
