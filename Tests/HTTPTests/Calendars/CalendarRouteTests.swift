@testable import JSON
import AlmanacRuntime
import Testing

@Suite struct CalendarRouteTests {
    @Test func aCalendarNeedsOnlyANameAndAZone() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let made = try await tenant.post("calendars", ["name": "Dr. Okafor", "timezone": "America/New_York"])
                .expect(201)
            let id = try #require(made["id"]?.string)
            #expect(made.location == "/api/v1/calendars/\(id)")
            #expect(made.etag != nil)
            #expect(id.dropFirst(14).first == "7")
            let defaults: JSON = [
                "name": "Dr. Okafor", "slug": "dr-okafor", "description": nil, "timezone": "America/New_York",
                "color": nil,
                "is_active": true, "owner": nil, "notify": [], "slot_duration_minutes": 30,
                "allowed_durations_minutes": [30], "slot_interval_minutes": 30, "min_notice_minutes": 0,
                "horizon_days": 60, "capacity": 1, "max_bookings_per_day": nil, "requires_confirmation": false,
                "cancellation_notice_minutes": 0, "reschedule_notice_minutes": 0, "hold_minutes": 5,
                "reminders": [["channel": "email", "before_minutes": 1440]], "location": nil, "business_hours": [],
                "metadata": [:], "version": 1, "created_at": "2026-11-01T12:00:00Z",
                "updated_at": "2026-11-01T12:00:00Z",
            ]
            #expect(made.json == defaults.with(["id": .string(id)]))
            let read = try await tenant.get("calendars/\(id)").expect(200)
            #expect(read.bytes == made.bytes)
            #expect(read.etag == made.etag)
            #expect(try await tenant.availability(id)["slots"] == [])
        }
    }

    @Test func everyFieldComesBackAsItWasSent() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let full: JSON = [
                "name": "Café 🗓 e\u{301}", "slug": "cafe-1", "description": "First line\r\n\tSecond — line",
                "timezone": "Asia/Calcutta", "color": "#1A2b3c", "is_active": false,
                "owner": ["member_id": "ada", "name": "Ada", "email": "ada@example.com"],
                "notify": ["a@example.com", "b@example.com"], "slot_duration_minutes": 45,
                "allowed_durations_minutes": [45, 90], "slot_interval_minutes": 15, "min_notice_minutes": 120,
                "horizon_days": 3650, "capacity": 1000, "max_bookings_per_day": 12, "requires_confirmation": true,
                "cancellation_notice_minutes": 1440, "reschedule_notice_minutes": 60, "hold_minutes": 10,
                "reminders": [
                    ["channel": "sms", "before_minutes": 0], ["channel": "push", "before_minutes": 525600],
                ],
                "location": "12 Quay Street",
                "business_hours": [
                    ["day_of_week": "monday", "start": "09:00", "end": "12:00"],
                    ["day_of_week": "monday", "start": "12:00", "end": "17:00"],
                    ["day_of_week": "friday", "start": "22:00", "end": "02:00"],
                    ["day_of_week": "saturday", "start": "08:00", "end": "24:00"],
                    ["day_of_week": "sunday", "start": "09:00", "end": "09:00"],
                ],
                "metadata": ["crm": ["id": 17, "tags": ["a", nil, true, 1.10]], "": "empty key"],
            ]
            let made = try await tenant.post("calendars", full).expect(201)
            for (key, value) in full.object ?? JSONObject() { #expect(made[key] == value, "\(key)") }
            let id = try #require(made["id"]?.string)
            try await test.evict(id)
            #expect(try await tenant.get("calendars/\(id)").bytes == made.bytes)
            #expect(try await tenant.get("calendars")["data"] == [made.json])
        }
    }

    @Test func allowedDurationsAlwaysHoldTheUsualOne() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let id = try await tenant.calendar([
                "slot_duration_minutes": 30, "allowed_durations_minutes": [60, 60, 90],
            ])
            #expect(try await tenant.get("calendars/\(id)")["allowed_durations_minutes"] == [30, 60, 90])
        }
    }

    @Test func slugsAreMadeUniqueUnlessChosen() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let first = try await tenant.calendar()
            let second = try await tenant.calendar()
            let slugs = [
                try await tenant.get("calendars/\(first)")["slug"]?.string,
                try await tenant.get("calendars/\(second)")["slug"]?.string,
            ]
            #expect(slugs[0] == "dr-okafor")
            #expect(slugs[1]?.hasPrefix("dr-okafor-") == true)
            let chosen = try await tenant.post("calendars", Fixture.calendar.with(["slug": "dr-okafor"]))
            #expect(chosen.expect(409, "slug_taken").errors == ["/slug taken"])
            try await tenant.patch("calendars/\(second)", ["slug": "dr-okafor"]).expect(409, "slug_taken")
            try await tenant.put("calendars/\(second)", Fixture.calendar.with(["slug": "dr-okafor"])).expect(409)
            #expect(try await tenant.get("calendars/\(second)")["version"] == 1)
            // A deleted calendar's slug is free again; a name without letters still has one.
            try await tenant.delete("calendars/\(first)").expect(204)
            try await tenant.patch("calendars/\(second)", ["slug": "dr-okafor"]).expect(200)
            #expect(
                try await tenant.get("calendars/\(try await tenant.calendar(["name": "日本"]))")["slug"] == "calendar")
        }
    }

    @Test func calendarsAreListedInPages() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            var made: [String] = []
            for index in 0..<7 { made.append(try await tenant.calendar(["name": .string("C\(index)")])) }
            try await tenant.delete("calendars/\(made.remove(at: 3))").expect(204)
            var seen: [String] = []
            var cursor: String? = ""
            while let present = cursor {
                let page = try await tenant.get("calendars?limit=2" + (present.isEmpty ? "" : "&cursor=\(present)"))
                page.expect(200)
                seen += page["data"]?.array?.compactMap { $0["id"]?.string } ?? []
                cursor = page["next_cursor"]?.string
                if let cursor {
                    #expect(cursor.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) })
                }
            }
            #expect(seen == made)
            #expect(try await tenant.get("calendars?limit=6")["next_cursor"] == .null)
            for query in [
                "limit=0", "limit=201", "limit=x", "limit=-1", "limit=", "limit=1.5", "limit=1&limit=2",
            ] {
                try await tenant.get("calendars?\(query)").expect(422, "invalid_query")
            }
            for query in ["cursor=", "cursor=%21", "cursor=AAAA"] {
                try await tenant.get("calendars?\(query)").expect(422, "invalid_cursor")
            }
            try await tenant.get("calendars?limit=200&unknown=1").expect(422, "unknown_parameter")
            try await tenant.get("calendars?limit=200").expect(200)
        }
    }

    @Test func aDeletedCalendarIsGoneButItsAppointmentsStay() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let booked = try await tenant.book(calendar).expect(201)
            let id = try #require(booked["id"]?.string)
            let hold = try #require(try await tenant.hold(calendar, "2026-11-02T10:00:00Z")["hold_token"]?.string)
            try await tenant.delete("calendars/\(calendar)", headers: ["If-Match": "\"x\""]).expect(412)
            let gone = try await tenant.delete("calendars/\(calendar)?appointments=keep").expect(204)
            #expect(gone.bytes.isEmpty)
            for _ in 0..<2 {
                let path = "calendars/\(calendar)"
                try await tenant.get(path).expect(404)
                try await tenant.put(path, Fixture.calendar).expect(404)
                try await tenant.patch(path, [:]).expect(404)
                try await tenant.put(path + "/business-hours", ["business_hours": []]).expect(404)
                try await tenant.delete(path).expect(404)
                try await tenant.availability(calendar).expect(404)
                try await tenant.explain(calendar, at: Fixture.slot).expect(404)
                try await tenant.hold(calendar, "2026-11-02T11:00:00Z").expect(404)
                try await tenant.book(calendar, "2026-11-02T11:00:00Z").expect(404)
                try await tenant.book(calendar, "2026-11-02T10:00:00Z", ["hold_token": .string(hold)]).expect(404)
                try await tenant.get("appointments/\(id)").expect(200)
                #expect(try await tenant.get("appointments?calendar_id=\(calendar)")["data"]?.array?.count == 1)
                try await tenant.patch("appointments/\(id)", ["title": "Still here"]).expect(200)
                try await test.evict(calendar)
            }
            #expect(try await tenant.get("calendars")["data"] == [])
            #expect(try await tenant.cancel(id).expect(200)["status"] == "cancelled")
        }
    }

    @Test func anInactiveCalendarOffersAndTakesNothing() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            #expect(try await tenant.availability(calendar).starts.count == 16)
            try await tenant.patch("calendars/\(calendar)", ["is_active": false]).expect(200)
            #expect(try await tenant.availability(calendar).starts == [])
            let refused = try await tenant.book(calendar).expect(409, "slot_unavailable")
            #expect(refused.reasons == ["inactive"])
            #expect(refused["alternatives"] == [])
            #expect(try await tenant.hold(calendar).expect(409).reasons == ["inactive"])
            #expect(try await tenant.explain(calendar, at: Fixture.slot).reasons == ["inactive"])
            try await tenant.patch("calendars/\(calendar)", ["is_active": nil]).expect(200)
            try await tenant.book(calendar).expect(201)
        }
    }
}
