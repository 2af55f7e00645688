@testable import JSON
import AlmanacRuntime
import Testing

@Suite struct PreviewTests {
    private func preview(_ calendar: JSON, _ fields: JSON = [:]) -> JSON {
        let body: JSON = ["calendar": calendar, "from": "2026-11-02", "to": "2026-11-08"]
        return body.with(fields)
    }

    private static let morning: JSON = [
        "timezone": "UTC", "slot_duration_minutes": 60,
        "business_hours": [["day_of_week": "monday", "start": "09:00", "end": "12:00"]],
    ]

    @Test func onlyAZoneIsNeeded() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let empty = try await tenant.post("availability/preview", preview(["timezone": "UTC"])).expect(200)
            #expect(empty.json == ["timezone": "UTC", "slots": [], "next_available": nil])
            let answer = try await tenant.post("availability/preview", preview(Self.morning)).expect(200)
            #expect(answer.starts == ["2026-11-02T09:00:00Z", "2026-11-02T10:00:00Z", "2026-11-02T11:00:00Z"])
            let days = try await tenant.post("availability/preview", preview(Self.morning, ["group_by": "day"]))
            #expect(days["days"]?.object?.keys == ["2026-11-02"])
        }
    }

    @Test func anAnswerHasAnEnd() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
            let hours = days.map { day -> JSON in
                ["day_of_week": .string(day), "start": "00:00", "end": "24:00"]
            }
            let calendar: JSON = [
                "timezone": "UTC", "slot_duration_minutes": 1, "business_hours": .array(hours), "horizon_days": 3_650,
            ]
            let year: JSON = ["to": "2027-06-01"]
            let refused = try await tenant.post("availability/preview", preview(calendar, year)).expect(422)
            #expect(refused.errors == ["/to too_many_slots"])
            let id = try await tenant.calendar(calendar)
            let answer = try await tenant.availability(id, from: "2026-11-02", to: "2027-06-01")
            #expect(answer.expect(422).errors == ["/to too_many_slots"])
            try await tenant.availability(id, from: "2026-11-02", to: "2026-11-03").expect(200)
        }
    }

    @Test func theHorizonCountsOnlyIfGivenAndNowCanBeSet() async throws {
        try await TestServer.run(now: "2020-01-01T00:00:00Z") { test in
            let tenant = try await test.tenant()
            func starts(_ calendar: JSON, _ fields: JSON = [:]) async throws -> Int {
                try await tenant.post("availability/preview", preview(Self.morning.with(calendar), fields)).expect(200)
                    .starts.count
            }
            #expect(try await starts([:]) == 3)
            #expect(try await starts(["horizon_days": nil]) == 3)
            #expect(try await starts(["horizon_days": 60]) == 0)
            #expect(try await starts(["horizon_days": 60], ["now": "2026-11-01T00:00:00Z"]) == 3)
            #expect(try await starts([:], ["now": "2026-11-02T10:00:00Z"]) == 2)
            #expect(try await starts(["min_notice_minutes": 60], ["now": "2026-11-02T10:00:00Z"]) == 1)
            #expect(try await starts(["is_active": false]) == 0)
        }
    }

    @Test func everyOpeningRuleCounts() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = Self.morning.with([
                "availability_rules": [
                    ["kind": "fixed", "date": "2026-11-03", "intervals": [["start": "14:00", "end": "16:00"]]],
                    [
                        "kind": "custom", "starts_on": "2026-11-04", "ends_on": "2026-11-05", "priority": 1,
                        "business_hours": [
                            ["day_of_week": "wednesday", "start": "08:00", "end": "10:00"],
                            ["day_of_week": "thursday", "start": "08:00", "end": "10:00"],
                        ],
                    ],
                ],
                "break_times": [
                    ["kind": "fixed", "days_of_week": ["monday"], "start": "10:00", "end": "11:00"],
                    ["kind": "one_time", "date": "2026-11-04", "start": "08:00", "end": "09:00"],
                ],
                "blackout_dates": [["starts_on": "2026-11-05", "ends_on": "2026-11-05", "reason": "Holiday"]],
                "buffer_times": [["kind": "after", "minutes": 15]],
            ])
            let answer = try await tenant.post("availability/preview", preview(calendar)).expect(200)
            #expect(
                answer.starts == [
                    "2026-11-02T09:00:00Z", "2026-11-02T11:00:00Z", "2026-11-03T14:00:00Z", "2026-11-03T15:00:00Z",
                    "2026-11-04T09:00:00Z",
                ])
            let busy: JSON = [
                "busy": [
                    ["start": "2026-11-02T12:10:00Z", "end": "2026-11-02T13:00:00Z"],
                    ["start_date": "2026-11-03", "end_date": "2026-11-04", "timezone": "UTC"],
                    ["start": "2026-11-02T09:30:00Z", "end": "2026-11-02T09:30:00Z"],
                ]
            ]
            let less = try await tenant.post("availability/preview", preview(calendar, busy)).expect(200)
            #expect(less.starts == ["2026-11-02T09:00:00Z", "2026-11-04T09:00:00Z"])
        }
    }

    @Test func nestedFieldsAreChecked() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let cases: [(JSON, JSON, [String])] = [
                (
                    [:], ["from": nil, "to": "x", "now": "y", "timezone": "z", "group_by": "week", "extra": 1],
                    [
                        "/extra unknown_field", "/from required", "/group_by invalid_value", "/now invalid_instant",
                        "/timezone invalid_timezone", "/to invalid_range",
                    ]
                ),
                ([:], ["from": "2026-11-02", "to": "2027-11-03"], ["/to range_too_long"]),
                ([:], ["from": "2026-11-02", "to": "2026-11-01"], ["/to before_start"]),
                (
                    [:],
                    [
                        "busy": [
                            ["start": "2026-11-02T10:00:00Z", "end": "2026-11-02T09:00:00Z"],
                            ["start": "x", "end": nil, "z": 1], 5,
                        ]
                    ],
                    [
                        "/busy/0/end before_start", "/busy/1/end required", "/busy/1/start invalid_instant",
                        "/busy/1/z unknown_field",
                        "/busy/2 type",
                    ]
                ),
                (
                    [:],
                    [
                        "busy": [
                            ["start_date": "2026-11-03", "end_date": "2026-11-02", "timezone": "UTC"],
                            ["start_date": "x"],
                        ]
                    ],
                    [
                        "/busy/0/end_date before_start", "/busy/1/end_date required", "/busy/1/start_date invalid_date",
                        "/busy/1/timezone required",
                    ]
                ),
                (["timezone": nil], [:], ["/calendar/timezone required"]),
                (
                    ["availability_rules": [["kind": "recurring", "effect": "available", "rrule": "FREQ=DAILY"]]], [:],
                    [
                        "/calendar/availability_rules/0/end required", "/calendar/availability_rules/0/start required",
                        "/calendar/availability_rules/0/starts_on required",
                    ]
                ),
                (
                    ["availability_rules": [["kind": "odd"], [:]]], [:],
                    [
                        "/calendar/availability_rules/0/kind invalid_value",
                        "/calendar/availability_rules/1/kind required",
                    ]
                ),
                (
                    [
                        "availability_rules": [
                            [
                                "kind": "custom", "starts_on": "2026-12-01", "ends_on": "2026-11-01",
                                "business_hours": [],
                            ],
                            ["kind": "fixed", "date": "2026-02-30", "intervals": [["start": "x"]]],
                        ]
                    ], [:],
                    [
                        "/calendar/availability_rules/0/ends_on before_start",
                        "/calendar/availability_rules/1/date invalid_date",
                        "/calendar/availability_rules/1/intervals/0/end required",
                        "/calendar/availability_rules/1/intervals/0/start invalid_time",
                    ]
                ),
                (
                    [
                        "buffer_times": [
                            ["kind": "before", "minutes": 5], ["kind": "before", "minutes": 5],
                            ["kind": "x", "minutes": -1],
                        ]
                    ], [:],
                    [
                        "/calendar/buffer_times/1/kind duplicate_kind", "/calendar/buffer_times/2/kind invalid_value",
                        "/calendar/buffer_times/2/minutes out_of_range",
                    ]
                ),
                (
                    [
                        "break_times": [
                            ["kind": "fixed", "days_of_week": ["noday"], "start": "12:00", "end": "13:00"],
                            ["kind": "fixed", "days_of_week": [], "start": "12:00", "end": "13:00"],
                            ["kind": "one_time", "start": "1", "end": "2"],
                        ]
                    ], [:],
                    [
                        "/calendar/break_times/0/days_of_week/0 invalid_weekday",
                        "/calendar/break_times/1/days_of_week too_short",
                        "/calendar/break_times/2/date required", "/calendar/break_times/2/end invalid_time",
                        "/calendar/break_times/2/start invalid_time",
                    ]
                ),
                (
                    ["blackout_dates": [["starts_on": "2026-11-02", "ends_on": "2026-11-01", "x": 1]]], [:],
                    ["/calendar/blackout_dates/0/ends_on before_start", "/calendar/blackout_dates/0/x unknown_field"]
                ),
            ]
            for (calendar, fields, errors) in cases {
                let answer = try await tenant.post("availability/preview", preview(Self.morning.with(calendar), fields))
                #expect(answer.expect(422, "validation_failed").errors == errors.sorted())
            }
            #expect(
                try await tenant.post("availability/preview", [:]).expect(422).errors
                    == ["/calendar required", "/from required", "/to required"])
        }
    }

    @Test func theEndOfTimeDoesNoHarm() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let always: JSON = .array(
                ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"].map {
                    ["day_of_week": .string($0), "start": "00:00", "end": "24:00"]
                })
            for zone in ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"] {
                let calendar: JSON = [
                    "timezone": .string(zone), "slot_duration_minutes": 1_440, "business_hours": always,
                ]
                let last = preview(calendar, ["from": "9999-12-30", "to": "9999-12-31", "now": "9999-12-01T00:00:00Z"])
                try await tenant.post("availability/preview", last).expect(200)
                let first = preview(
                    calendar, ["from": "0001-01-01", "to": "0001-01-03", "now": "0001-01-01T00:00:00Z"])
                try await tenant.post("availability/preview", first).expect(200)
            }
        }
    }
}
