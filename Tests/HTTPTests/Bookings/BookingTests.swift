@testable import JSON
import AlmanacRuntime
import Testing

@Suite struct BookingTests {
    @Test func aBookingNeedsOnlyATimeAndAContact() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["location": "12 Quay Street"])
            let booked = try await tenant.book(calendar, "2026-11-02T10:00:00+01:00").expect(201)
            let id = try #require(booked["id"]?.string)
            #expect(booked.location == "/api/v1/appointments/\(id)")
            #expect(booked.etag == "\"\(id)-1\"")
            let contact = try #require(booked["contact"])
            #expect(
                contact.without("id") == [
                    "name": "Sam Rivera", "email": "sam@example.com", "phone": nil, "timezone": nil, "locale": nil,
                ])
            let expected: JSON = [
                "id": .string(id), "calendar_id": .string(calendar), "series_id": nil, "contact": contact,
                "attendees": [],
                "starts_at": "2026-11-02T09:00:00Z", "ends_at": "2026-11-02T09:30:00Z", "status": "confirmed",
                "title": nil,
                "notes": nil, "location": "12 Quay Street", "seat": 0, "source": "api", "video_meeting": nil,
                "reminders": [["channel": "email", "before_minutes": 1440]], "cancellation": nil, "check_in": nil,
                "manage_url": nil, "metadata": [:], "version": 1, "created_at": "2026-11-01T12:00:00Z",
                "updated_at": "2026-11-01T12:00:00Z",
            ]
            #expect(booked.json == expected)
            let read = try await tenant.get("appointments/\(id)").expect(200)
            #expect(read.bytes == booked.bytes)
            #expect(read.etag == booked.etag)
            try await tenant.get("appointments/\(id)", headers: ["If-None-Match": booked.etag!]).expect(304)
        }
    }

    @Test func everyFieldComesBackAsItWasSent() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar([
                "allowed_durations_minutes": [30, 60], "requires_confirmation": true,
            ])
            let fields: JSON = [
                "duration_minutes": 60, "title": "Čeština e\u{301} 👩‍⚕️", "notes": "One\r\nTwo\tthree",
                "location": "Room 5",
                "contact": [
                    "name": "Ünal", "email": "Unal@Example.com", "phone": "+12025550100", "timezone": "America/Chicago",
                    "locale": "pt-BR",
                ],
                "attendees": [
                    ["name": "Kim", "email": "kim@example.com"], ["name": "Lee", "email": "lee@example.com"],
                ],
                "reminders": [["channel": "sms", "before_minutes": 60]],
                "metadata": ["a": [1, 2.50, nil, ["b": true]], "é": "ü"],
                "id": "ignored", "status": "cancelled", "version": 7, "seat": 3, "ends_at": "never",
            ]
            let booked = try await tenant.book(calendar, Fixture.slot, fields).expect(201)
            for key in ["title", "notes", "location", "attendees", "reminders", "metadata"] {
                #expect(booked[key] == fields[key], "\(key)")
            }
            #expect(booked["contact"]?.without("id") == fields["contact"])
            #expect(booked["status"] == "pending")
            #expect(booked["ends_at"] == "2026-11-02T10:00:00Z")
            #expect(booked["version"] == 1)
            try await test.evict(calendar)
            #expect(try await tenant.get("appointments/\(booked["id"]!.string!)").bytes == booked.bytes)
            #expect(try await tenant.book(calendar, "2026-11-02T11:00:00Z", ["reminders": []])["reminders"] == [])
        }
    }

    @Test func fieldsAreCheckedAllAtOnce() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let base = Fixture.booking(calendar)
            let long = JSON.string(String(repeating: "x", count: 5_001))
            let cases: [(JSON, [String])] = [
                ([:], ["/calendar_id required", "/contact required", "/starts_at required"]),
                (base.with(["contact": nil]), ["/contact required"]),
                (base.with(["contact_id": "01a158a5-723b-7a94-9c0d-51e8f3b7d206"]), ["/contact_id conflict"]),
                (base.with(["contact": [:]]), ["/contact/email required", "/contact/name required"]),
                (base.with(["contact": "sam"]), ["/contact type"]),
                (
                    base.with([
                        "contact": ["name": "", "email": "no", "phone": "", "timezone": "x", "locale": "!", "age": 1]
                    ]),
                    [
                        "/contact/age unknown_field", "/contact/email invalid_email", "/contact/locale invalid_locale",
                        "/contact/name too_short", "/contact/phone invalid_phone", "/contact/timezone invalid_timezone",
                    ]
                ),
                (base.without("contact").with(["contact_id": "x"]), ["/contact_id invalid_id"]),
                (
                    base.with(["calendar_id": "x", "duration_minutes": 0]),
                    ["/calendar_id invalid_id", "/duration_minutes out_of_range"]
                ),
                (base.with(["duration_minutes": 45]), ["/duration_minutes duration_not_allowed"]),
                (
                    base.with(["title": long, "notes": long, "location": long]),
                    ["/location too_long", "/notes too_long", "/title too_long"]
                ),
                (
                    base.with(["attendees": [["name": "x"], 5, ["name": "x", "email": "a@b.c", "role": 1]]]),
                    ["/attendees/0/email required", "/attendees/1 type", "/attendees/2/role unknown_field"]
                ),
                (
                    base.with(["attendees": [["name": "x"], ["name": "x", "email": "a@b.c", "role": 1]]]),
                    ["/attendees/0/email required", "/attendees/1/role unknown_field"]
                ),
                (
                    base.with(["attendees": .array(Array(repeating: ["name": "x", "email": "a@b.c"], count: 101))]),
                    ["/attendees too_many"]
                ),
                (
                    base.with(["override": ["booked", "notice", 5]]),
                    ["/override/0 invalid_value", "/override/2 invalid_value"]
                ),
                (
                    base.with(["reminders": [["channel": "email", "before_minutes": 525_601]]]),
                    ["/reminders/0/before_minutes out_of_range"]
                ),
                (base.with(["metadata": "x", "hold_token": ""]), ["/hold_token too_short", "/metadata type"]),
                (
                    base.with(["recurrence": ["rrule": "FREQ=DAILY;COUNT=2"], "organization_id": "x"]),
                    ["/organization_id unknown_field", "/recurrence unsupported"]
                ),
            ]
            let before = try await test.rowCounts()
            for (body, errors) in cases {
                let answer = try await tenant.post("appointments", body).expect(422, "validation_failed")
                #expect(answer.errors == errors, "\(body.text.prefix(300))")
            }
            #expect(try await test.rowCounts() == before)
        }
    }

    @Test func aTakenTimeIsRefusedWithReasonsAndTheNearestAlternatives() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            for start in ["2026-11-02T11:00:00Z", "2026-11-02T11:30:00Z"] {
                try await tenant.book(calendar, start).expect(201)
            }
            let before = try await test.rowCounts()
            let refused = try await tenant.book(calendar, "2026-11-02T11:00:00Z").expect(409, "slot_unavailable")
            let reason = try #require(refused["reasons"]?.array?.first)
            #expect(reason["code"] == "booked")
            #expect(reason["from"] == "2026-11-02T11:00:00Z")
            #expect(reason["to"] == "2026-11-02T11:30:00Z")
            #expect(
                refused["alternatives"] == [
                    ["start": "2026-11-02T10:00:00Z", "end": "2026-11-02T10:30:00Z"],
                    ["start": "2026-11-02T10:30:00Z", "end": "2026-11-02T11:00:00Z"],
                    ["start": "2026-11-02T12:00:00Z", "end": "2026-11-02T12:30:00Z"],
                ])
            #expect(try await test.rowCounts() == before)
        }
    }

    @Test func aDaysLimitCountsAllButTheCancelled() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["max_bookings_per_day": 2, "timezone": "America/New_York"])
            let first = try await tenant.book(calendar, "2026-11-02T14:00:00Z").expect(201)
            try await tenant.book(calendar, "2026-11-02T15:00:00Z").expect(201)
            #expect(try await tenant.book(calendar, "2026-11-02T16:00:00Z").expect(409).reasons == ["daily_limit"])
            #expect(try await tenant.availability(calendar).starts == [])
            try await tenant.book(calendar, "2026-11-03T14:00:00Z").expect(201)
            try await tenant.cancel(first["id"]!.string!).expect(200)
            #expect(try await tenant.availability(calendar).starts.count == 15)
            try await tenant.book(calendar, "2026-11-02T16:00:00Z").expect(201)
        }
    }

    @Test func overridesLiftTheirOwnOpeningRuleOnlyAndNeverAnOverlap() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar([
                "min_notice_minutes": 60, "horizon_days": 7, "max_bookings_per_day": 1,
            ])
            let cases: [(String, [String])] = [
                ("2026-11-07T09:00:00Z", ["closed"]), ("2026-11-02T09:10:00Z", ["off_grid"]),
                ("2026-11-01T12:30:00Z", ["closed", "notice"]), ("2026-11-10T09:00:00Z", ["horizon"]),
                ("2026-11-02T12:00:00Z", ["daily_limit"]), ("2020-01-01T00:07:00Z", ["closed", "notice"]),
            ]
            for (start, codes) in cases {
                #expect(try await tenant.book(calendar, start).expect(409).reasons == codes, "\(start)")
                for left in codes where codes.count > 1 {
                    let others = JSON.array(codes.filter { $0 != left }.map { .string($0) })
                    #expect(try await tenant.book(calendar, start, ["override": others]).expect(409).reasons == [left])
                }
                let all: JSON = ["override": .array(codes.map { .string($0) })]
                let plain = try await tenant.scoped("appointments:write", "calendars:read")
                try await plain.book(calendar, start, all).expect(403, "insufficient_scope")
                try await tenant.book(calendar, start, all).expect(201)
                let everything: JSON = [
                    "override": ["closed", "break", "blackout", "off_grid", "notice", "horizon", "daily_limit"]
                ]
                #expect(try await tenant.book(calendar, start, everything).expect(409).reasons == ["booked"])
            }
            try await tenant.scoped("appointments:write").book(calendar, "2026-11-03T09:00:00Z", ["override": []])
                .expect(201)
        }
    }
}
