@testable import JSON
import AlmanacRuntime
import Testing

/// Every error of a body is named, all at once.
@Suite struct OpeningRuleValidationTests {
    struct Refusal: Sendable {
        let collection: String
        let body: JSON
        let errors: [String]

        init(_ collection: String, _ body: JSON, _ errors: [String]) {
            self.collection = collection
            self.body = body
            self.errors = errors
        }
    }

    private static let rules = [
        Refusal("availability-rules", [:], ["/kind required"]),
        Refusal("availability-rules", ["kind": "odd", "date": "x"], ["/kind invalid_value"]),
        Refusal("availability-rules", ["kind": 5], ["/kind type"]),
        Refusal(
            "availability-rules", ["kind": "recurring"],
            [
                "/effect required", "/end required", "/rrule required", "/start required", "/starts_on required",
            ]
        ),
        Refusal(
            "availability-rules",
            [
                "kind": "recurring", "effect": "maybe", "rrule": "", "starts_on": "2026-02-29", "start": "24:00",
                "end": "25:00", "exdates": ["2026-11-02", "x", 5], "rdates": "2026-11-02", "date": "2026-11-02",
            ],
            [
                "/date unknown_field", "/effect invalid_value", "/end invalid_time", "/exdates/1 invalid_date",
                "/exdates/2 invalid_date", "/rdates type", "/rrule too_short", "/start invalid_time",
                "/starts_on invalid_date",
            ]
        ),
        Refusal(
            "availability-rules",
            OpeningRuleCase.recurringRule.body.with([
                "exdates": .array(Array(repeating: "2026-11-02", count: 1_001)),
                "rrule": .string(String(repeating: "x", count: 1_001)),
            ]),
            ["/exdates too_many", "/rrule too_long"]
        ),
        Refusal("availability-rules", ["kind": "fixed"], ["/date required", "/intervals required"]),
        Refusal(
            "availability-rules",
            [
                "kind": "fixed", "date": "2026-11-31",
                "intervals": [
                    ["start": "12:00", "end": "15:00"], ["start": "14:59", "end": "16:00"], ["start": "24:00"], 5,
                    ["start": "16:00", "end": "17:00", "day_of_week": "monday"],
                ],
                "rrule": "FREQ=DAILY",
            ],
            [
                "/date invalid_date", "/intervals/1 overlap", "/intervals/2/end required",
                "/intervals/2/start invalid_time", "/intervals/3 type", "/intervals/4/day_of_week unknown_field",
                "/rrule unknown_field",
            ]
        ),
        // To its end, also past midnight; equal times are 24 hours.
        Refusal(
            "availability-rules",
            [
                "kind": "fixed", "date": "2026-11-11",
                "intervals": [["start": "10:00", "end": "10:00"], ["start": "23:00", "end": "24:00"]],
            ],
            ["/intervals/1 overlap"]
        ),
        Refusal(
            "availability-rules", ["kind": "custom"],
            ["/business_hours required", "/ends_on required", "/starts_on required"]
        ),
        Refusal(
            "availability-rules",
            [
                "kind": "custom", "starts_on": "2026-12-02", "ends_on": "2026-12-01", "priority": 1.5,
                "business_hours": [
                    ["day_of_week": "monday", "start": "20:00", "end": "02:00"],
                    ["day_of_week": "monday", "start": "23:00", "end": "24:00"], ["day_of_week": "mon"],
                ],
            ],
            [
                "/business_hours/1 overlap", "/business_hours/2/day_of_week invalid_weekday",
                "/business_hours/2/end required", "/business_hours/2/start required", "/ends_on before_start",
                "/priority not_an_integer",
            ]
        ),
        Refusal(
            "availability-rules", OpeningRuleCase.customRule.body.with(["priority": 1_000_001]),
            ["/priority out_of_range"]
        ),
    ]

    private static let others = [
        Refusal("buffer-times", [:], ["/kind required", "/minutes required"]),
        Refusal(
            "buffer-times", ["kind": "during", "minutes": 1_441, "x": 1],
            ["/kind invalid_value", "/minutes out_of_range", "/x unknown_field"]
        ),
        Refusal("buffer-times", ["kind": "after", "minutes": -1], ["/minutes out_of_range"]),
        Refusal("buffer-times", ["kind": "after", "minutes": "5"], ["/minutes type"]),
        Refusal("break-times", [:], ["/kind required"]),
        Refusal("break-times", ["kind": "weekly"], ["/kind invalid_value"]),
        Refusal("break-times", ["kind": "fixed"], ["/days_of_week required", "/end required", "/start required"]),
        Refusal(
            "break-times",
            ["kind": "fixed", "days_of_week": [], "start": "12:0", "end": "24:01", "date": "2026-11-03"],
            ["/date unknown_field", "/days_of_week too_short", "/end invalid_time", "/start invalid_time"]
        ),
        Refusal(
            "break-times",
            ["kind": "fixed", "days_of_week": ["monday", "Monday", 1], "start": "12:00", "end": "13:00"],
            ["/days_of_week/1 invalid_weekday", "/days_of_week/2 invalid_weekday"]
        ),
        Refusal(
            "break-times",
            OpeningRuleCase.weeklyBreak.body.with(["days_of_week": .array(Array(repeating: "monday", count: 8))]),
            ["/days_of_week too_many"]
        ),
        Refusal("break-times", ["kind": "one_time"], ["/date required", "/end required", "/start required"]),
        Refusal(
            "break-times", ["kind": "one_time", "date": "3.11.2026", "start": "15:00", "end": "15:30"],
            ["/date invalid_date"]
        ),
        Refusal(
            "break-times", ["kind": "recurring", "rdates": [nil]],
            [
                "/end required", "/rdates/0 invalid_date", "/rrule required", "/start required", "/starts_on required",
            ]
        ),
        Refusal("blackout-dates", [:], ["/ends_on required", "/starts_on required"]),
        Refusal(
            "blackout-dates",
            [
                "starts_on": "2026-12-26", "ends_on": "2026-12-24", "reason": "a\nb", "repeats_yearly": "yes",
                "kind": "x",
            ],
            ["/ends_on before_start", "/kind unknown_field", "/reason invalid_characters", "/repeats_yearly type"]
        ),
        Refusal(
            "blackout-dates",
            OpeningRuleCase.blackout.body.with(["reason": .string(String(repeating: "x", count: 1_001))]),
            ["/reason too_long"]
        ),
    ]

    @Test func everyErrorIsNamedAndNothingIsWritten() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            var made: [String: String] = [:]
            for openingRule in [OpeningRuleCase.fixedRule, .buffer, .weeklyBreak, .blackout] {
                made[openingRule.collection] = try await tenant.add(
                    openingRule.collection, openingRule.body, to: calendar)
            }
            let before = try await test.rowCounts()
            for refusal in Self.rules + Self.others {
                let path = "calendars/\(calendar)/\(refusal.collection)"
                let posted = try await tenant.post(path, refusal.body).expect(422, "validation_failed")
                #expect(posted.errors == refusal.errors.sorted(), "\(refusal.body.text)")
                let id = try #require(made[refusal.collection])
                let put = try await tenant.put("\(path)/\(id)", refusal.body).expect(422, "validation_failed")
                #expect(put.errors == refusal.errors.sorted(), "\(refusal.body.text)")
            }
            #expect(try await test.rowCounts() == before)
        }
    }

    /// The same readers stand behind the preview: the same errors, below the list's place.
    @Test func thePreviewNamesTheSameErrors() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            for refusal in Self.rules + Self.others {
                let list = refusal.collection.replacing("-", with: "_")
                let body: JSON = [
                    "calendar": .object(JSONObject([("timezone", "UTC"), (list, .array([refusal.body]))])),
                    "from": "2026-11-02", "to": "2026-11-02",
                ]
                let answer = try await tenant.post("availability/preview", body).expect(422, "validation_failed")
                #expect(answer.errors == refusal.errors.map { "/calendar/\(list)/0" + $0 }.sorted())
            }
        }
    }

    @Test func whatIsAllowedAtTheEdgesIsTaken() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let dates = JSON.array(Array(repeating: "2026-11-02", count: 1_000))
            for (collection, body) in [
                // Touching, to the end of the day, past midnight, around the clock.
                (
                    "availability-rules",
                    [
                        "kind": "fixed", "date": "2026-11-11",
                        "intervals": [
                            ["start": "13:00", "end": "24:00"], ["start": "09:00", "end": "12:00"],
                            ["start": "12:00", "end": "13:00"],
                        ],
                    ]
                ),
                (
                    "availability-rules",
                    ["kind": "fixed", "date": "2026-11-12", "intervals": [["start": "22:00", "end": "06:00"]]]
                ),
                (
                    "availability-rules",
                    ["kind": "fixed", "date": "2026-11-13", "intervals": [["start": "00:00", "end": "00:00"]]]
                ),
                (
                    "availability-rules",
                    OpeningRuleCase.recurringRule.body.with(["exdates": dates, "rdates": nil])
                ),
                (
                    "availability-rules",
                    OpeningRuleCase.customRule.body.with(["ends_on": "2026-12-01", "priority": 1_000_000])
                ),
                ("buffer-times", ["kind": "before", "minutes": 1_440]),
                ("blackout-dates", ["starts_on": "2028-02-29", "ends_on": "2028-02-29", "repeats_yearly": true]),
            ] as [(String, JSON)] {
                try await tenant.post("calendars/\(calendar)/\(collection)", body).expect(201)
            }
            // In order, and each date once.
            let rules = try await tenant.get("calendars/\(calendar)/availability-rules")["data"]?.array ?? []
            #expect(
                rules.first?["intervals"] == [
                    ["start": "09:00", "end": "12:00"], ["start": "12:00", "end": "13:00"],
                    ["start": "13:00", "end": "24:00"],
                ]
            )
            #expect(rules.contains { $0["exdates"] == ["2026-11-02"] })
        }
    }
}
