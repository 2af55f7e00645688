@testable import JSON
import AlmanacRuntime
import Testing

@Suite struct CalendarValidationTests {
    private static func text(_ count: Int) -> JSON { .string(String(repeating: "x", count: count)) }

    private static let interval: JSON = ["day_of_week": "monday", "start": "09:00", "end": "17:00"]

    /// One broken field each: the fields, and the errors that name it.
    private static let cases: [(JSON, [String])] = [
        (["name": nil], ["/name required"]), (["name": ""], ["/name too_short"]),
        (["name": " \t "], ["/name too_short"]),
        (["name": text(201)], ["/name too_long"]), (["name": 5], ["/name type"]), (["name": ["x"]], ["/name type"]),
        (["name": "a\u{0}b"], ["/name invalid_characters"]), (["name": "a\nb"], ["/name invalid_characters"]),
        (["name": "a\u{7f}"], ["/name invalid_characters"]),
        (["timezone": nil], ["/timezone required"]), (["timezone": "Mars/Olympus"], ["/timezone invalid_timezone"]),
        (["timezone": ""], ["/timezone invalid_timezone"]), (["timezone": "../UTC"], ["/timezone invalid_timezone"]),
        (["timezone": "/etc/passwd"], ["/timezone invalid_timezone"]),
        (["timezone": "Europe"], ["/timezone invalid_timezone"]),
        (["timezone": "europe/paris"], ["/timezone invalid_timezone"]),
        (["timezone": "UTC\u{0}"], ["/timezone invalid_timezone"]),
        (["timezone": "+02:00"], ["/timezone invalid_timezone"]), (["timezone": 1], ["/timezone type"]),
        (["slug": "Upper"], ["/slug invalid_slug"]), (["slug": "-a"], ["/slug invalid_slug"]),
        (["slug": ""], ["/slug invalid_slug"]), (["slug": "é"], ["/slug invalid_slug"]),
        (["slug": text(81)], ["/slug invalid_slug"]),
        (["description": text(5_001)], ["/description too_long"]), (["description": false], ["/description type"]),
        (["description": "\u{1b}[0m"], ["/description invalid_characters"]),
        (["color": "red"], ["/color invalid_color"]), (["color": "#12345"], ["/color invalid_color"]),
        (["color": "#12345g"], ["/color invalid_color"]), (["color": "#１２３４５６"], ["/color invalid_color"]),
        (["is_active": "yes"], ["/is_active type"]), (["is_active": 1], ["/is_active type"]),
        (["owner": "ada"], ["/owner type"]), (["owner": ["email": "x"]], ["/owner/email invalid_email"]),
        (["owner": ["name": "", "member_id": ""]], ["/owner/member_id too_short", "/owner/name too_short"]),
        (["owner": ["role": "boss"]], ["/owner/role unknown_field"]),
        (["notify": "a@b.c"], ["/notify type"]),
        (["notify": ["a@b.c", "no", 5]], ["/notify/1 invalid_email", "/notify/2 invalid_email"]),
        (["notify": .array(Array(repeating: "a@b.c", count: 21))], ["/notify too_many"]),
        (["slot_duration_minutes": 0], ["/slot_duration_minutes out_of_range"]),
        (["slot_duration_minutes": 1_441], ["/slot_duration_minutes out_of_range"]),
        (["slot_duration_minutes": "30"], ["/slot_duration_minutes type"]),
        (["slot_duration_minutes": 30.5], ["/slot_duration_minutes not_an_integer"]),
        (["slot_duration_minutes": true], ["/slot_duration_minutes type"]),
        (["allowed_durations_minutes": []], ["/allowed_durations_minutes too_short"]),
        (["allowed_durations_minutes": 30], ["/allowed_durations_minutes type"]),
        (
            ["allowed_durations_minutes": [30, 0, "60"]],
            ["/allowed_durations_minutes/1 out_of_range", "/allowed_durations_minutes/2 out_of_range"]
        ),
        (
            ["allowed_durations_minutes": .array((1...21).map { .number(JSONNumber($0)) })],
            ["/allowed_durations_minutes too_many"]
        ),
        (["slot_interval_minutes": 0], ["/slot_interval_minutes out_of_range"]),
        (["min_notice_minutes": -1], ["/min_notice_minutes out_of_range"]),
        (["min_notice_minutes": 525_601], ["/min_notice_minutes out_of_range"]),
        (["horizon_days": 0], ["/horizon_days out_of_range"]),
        (["horizon_days": 3_651], ["/horizon_days out_of_range"]),
        (["capacity": 0], ["/capacity out_of_range"]), (["capacity": 1_001], ["/capacity out_of_range"]),
        (["max_bookings_per_day": 0], ["/max_bookings_per_day out_of_range"]),
        (["requires_confirmation": "no"], ["/requires_confirmation type"]),
        (["cancellation_notice_minutes": -1], ["/cancellation_notice_minutes out_of_range"]),
        (["reschedule_notice_minutes": -1], ["/reschedule_notice_minutes out_of_range"]),
        (["hold_minutes": 0], ["/hold_minutes out_of_range"]),
        (["hold_minutes": 1_441], ["/hold_minutes out_of_range"]),
        (
            ["reminders": [["channel": "pigeon", "before_minutes": -1]]],
            ["/reminders/0/before_minutes out_of_range", "/reminders/0/channel invalid_value"]
        ),
        (["reminders": ["email"]], ["/reminders/0 type"]),
        (
            ["reminders": [[:]]],
            ["/reminders/0/before_minutes required", "/reminders/0/channel required"]
        ),
        (["reminders": [["channel": "sms", "before_minutes": 5, "at": 1]]], ["/reminders/0/at unknown_field"]),
        (["location": text(501)], ["/location too_long"]),
        (["metadata": []], ["/metadata type"]), (["metadata": "x"], ["/metadata type"]),
        (["metadata": ["k": text(17_000)]], ["/metadata too_long"]),
        (["metadata": ["a": ["\u{0}"]]], ["/metadata/a/0 invalid_characters"]),
        (["business_hours": [:]], ["/business_hours type"]),
        (
            ["business_hours": [["day_of_week": "funday", "start": "9:00", "end": "25:00"]]],
            [
                "/business_hours/0/day_of_week invalid_weekday", "/business_hours/0/end invalid_time",
                "/business_hours/0/start invalid_time",
            ]
        ),
        (
            ["business_hours": [interval, interval.with(["start": "16:59", "end": "18:00"])]],
            ["/business_hours/1 overlap"]
        ),
        (["business_hours": [interval.with(["start": "24:00"])]], ["/business_hours/0/start invalid_time"]),
        (["business_hours": [interval.with(["label": "x"])]], ["/business_hours/0/label unknown_field"]),
        (["business_hours": [interval.without("day_of_week")]], ["/business_hours/0/day_of_week required"]),
        (["colour": "#000000"], ["/colour unknown_field"]), (["a/b~c": 1], ["/a~1b~0c unknown_field"]),
    ]

    @Test func eachFieldKeepsItsRuleInEveryWayToWriteIt() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let path = "calendars/\(try await tenant.calendar())"
            let before = try await test.rowCounts()
            for (fields, errors) in Self.cases {
                let body = Fixture.calendar.with(fields)
                let created = try await tenant.post("calendars", body).expect(422, "validation_failed")
                #expect(created.errors == errors, "\(fields.text.prefix(200))")
                #expect(created["errors"]?.array?.allSatisfy { $0["message"]?.string?.isEmpty == false } == true)
                #expect(try await tenant.put(path, body).expect(422).errors == errors, "PUT \(fields.text.prefix(200))")
                let patched = try await tenant.patch(path, fields).expect(422, "validation_failed")
                #expect(patched.errors == errors, "PATCH \(fields.text.prefix(200))")
                let preview: JSON = ["calendar": body, "from": "2026-11-02", "to": "2026-11-02"]
                let wanted = errors.map { "/calendar" + $0 }
                if errors != ["/name required"] {
                    #expect(try await tenant.post("availability/preview", preview).expect(422).errors == wanted)
                }
            }
            #expect(try await test.rowCounts() == before)
            #expect(try await tenant.get(path)["version"] == 1)
        }
    }

    @Test func allErrorsAreToldAtOnce() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let body: JSON = [
                "timezone": "Nowhere", "capacity": 0, "horizon_days": "x",
                "business_hours": [["day_of_week": "monday"]],
                "owner": ["email": "x", "y": 1], "extra": 1,
            ]
            let answer = try await tenant.post("calendars", body).expect(422, "validation_failed")
            #expect(
                answer.errors == [
                    "/business_hours/0/end required", "/business_hours/0/start required", "/capacity out_of_range",
                    "/extra unknown_field", "/horizon_days type", "/name required", "/owner/email invalid_email",
                    "/owner/y unknown_field", "/timezone invalid_timezone",
                ])
        }
    }

    @Test func bordersAreAccepted() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let fields: [JSON] = [
                ["name": Self.text(200)], ["name": .string(String(repeating: "👩‍👩‍👧", count: 40))],
                ["description": Self.text(5_000)],
                ["slot_duration_minutes": 1, "slot_interval_minutes": 1_440], ["slot_duration_minutes": 1_440],
                ["slot_duration_minutes": 30.0], ["min_notice_minutes": 525_600], ["horizon_days": 1],
                ["capacity": 1_000],
                ["timezone": "Asia/Calcutta"], ["timezone": "US/Eastern"], ["timezone": "Etc/GMT+5"],
                ["color": "#ABCDEF"],
                ["business_hours": [Self.interval, Self.interval.with(["start": "17:00", "end": "09:00"])]],
                ["notify": nil, "owner": nil, "reminders": nil, "metadata": nil, "slug": nil, "capacity": nil],
                ["id": 5, "version": "x", "created_at": [], "updated_at": nil], ["owner": [:]],
                ["metadata": ["k": Self.text(16_000)]],
            ]
            for field in fields { try await tenant.post("calendars", Fixture.calendar.with(field)).expect(201) }
        }
    }
}
