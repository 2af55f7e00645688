@testable import JSON
import AlmanacRuntime
import Testing

/// A body of each kind of opening rule, what is answered to it, and a change of it.
struct OpeningRuleCase: Sendable, CustomTestStringConvertible {
    let name: String
    let collection: String
    let body: JSON
    /// What the answer says beside what the body said.
    var defaults: JSON = [:]
    let change: JSON
    /// What events call it.
    let source: String
    /// The first and the last local date that its event names.
    var dates: JSON = [:]

    var testDescription: String { name }
    /// What of the answer the client has said.
    var answer: JSON { body.with(defaults) }

    static let all: [OpeningRuleCase] =
        [recurringRule, fixedRule, customRule, buffer, weeklyBreak, oneTimeBreak] + [
            recurringBreak, blackout,
        ]

    static let recurringRule = OpeningRuleCase(
        name: "recurring rule", collection: "availability-rules",
        body: [
            "kind": "recurring", "effect": "unavailable", "rrule": "FREQ=WEEKLY;BYDAY=TU", "starts_on": "2026-11-03",
            "start": "10:00", "end": "11:00", "exdates": ["2026-11-10", "2026-11-17"],
        ],
        defaults: ["rdates": []], change: ["effect": "available", "exdates": [], "rdates": ["2026-11-07"]],
        source: "availability_rule", dates: ["from": "2026-11-03"]
    )
    static let fixedRule = OpeningRuleCase(
        name: "fixed rule", collection: "availability-rules",
        body: [
            "kind": "fixed", "date": "2026-11-11",
            "intervals": [["start": "12:00", "end": "15:00"], ["start": "22:00", "end": "24:00"]],
        ],
        change: ["date": "2026-11-12", "intervals": []], source: "availability_rule",
        dates: ["from": "2026-11-11", "to": "2026-11-11"]
    )
    static let customRule = OpeningRuleCase(
        name: "custom rule", collection: "availability-rules",
        body: [
            "kind": "custom", "starts_on": "2026-12-01", "ends_on": "2026-12-31",
            "business_hours": [["day_of_week": "tuesday", "start": "10:00", "end": "14:00"]],
        ],
        defaults: ["priority": 0], change: ["priority": -3, "business_hours": [], "ends_on": "2026-12-01"],
        source: "availability_rule", dates: ["from": "2026-12-01", "to": "2026-12-31"]
    )
    static let buffer = OpeningRuleCase(
        name: "buffer", collection: "buffer-times", body: ["kind": "after", "minutes": 15],
        change: ["kind": "between", "minutes": 0], source: "buffer_time"
    )
    static let weeklyBreak = OpeningRuleCase(
        name: "weekly break", collection: "break-times",
        body: ["kind": "fixed", "days_of_week": ["monday", "friday"], "start": "12:00", "end": "13:00"],
        change: ["days_of_week": ["sunday"], "start": "23:00", "end": "01:00"], source: "break_time"
    )
    static let oneTimeBreak = OpeningRuleCase(
        name: "one-time break", collection: "break-times",
        body: ["kind": "one_time", "date": "2026-11-03", "start": "15:00", "end": "15:30"],
        change: ["date": "2026-11-04", "start": "00:00", "end": "24:00"], source: "break_time",
        dates: ["from": "2026-11-03", "to": "2026-11-03"]
    )
    static let recurringBreak = OpeningRuleCase(
        name: "recurring break", collection: "break-times",
        body: [
            "kind": "recurring", "rrule": "FREQ=MONTHLY;BYDAY=1MO", "starts_on": "2026-11-02", "start": "09:00",
            "end": "10:00", "rdates": ["2026-10-30"],
        ],
        defaults: ["exdates": []], change: ["rrule": "FREQ=DAILY;COUNT=3", "rdates": []], source: "break_time",
        dates: ["from": "2026-10-30"]
    )
    static let blackout = OpeningRuleCase(
        name: "blackout", collection: "blackout-dates", body: ["starts_on": "2026-12-24", "ends_on": "2026-12-26"],
        defaults: ["reason": nil, "repeats_yearly": false], change: ["reason": "Holidays", "repeats_yearly": true],
        source: "blackout_date", dates: ["from": "2026-12-24", "to": "2026-12-26"]
    )
}

extension Client {
    /// Adds an item to a calendar; returns its id.
    @discardableResult
    func add(_ collection: String, _ body: JSON, to calendar: String) async throws -> String {
        let answer = try await post("calendars/\(calendar)/\(collection)", body).expect(201)
        return try #require(answer["id"]?.string)
    }
}
