@testable import SQL
@testable import JSON
import AlmanacRuntime
import Foundation
import Testing

/// What opening rules make of a calendar's slots, who is told of it, and that it lasts.
@Suite struct OpeningRuleEffectTests {
    /// The starts of a date as `HH:MM`.
    private func starts(_ tenant: Client, _ calendar: String, _ date: String) async throws -> [String] {
        try await tenant.availability(calendar, from: date, to: date).expect(200).starts.map {
            String($0.dropFirst(11).prefix(5))
        }
    }

    /// A day of hours with the usual half-hour slots between.
    private func halfHours(_ from: Int, _ to: Int) -> [String] {
        (from * 2..<to * 2).map { String(format: "%02d:%02d", $0 / 2, $0 % 2 * 30) }
    }

    @Test func aFixedRuleGivesADateItsHours() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            #expect(try await starts(tenant, calendar, "2026-11-11") == halfHours(9, 17))
            let body: JSON = [
                "kind": "fixed", "date": "2026-11-11", "intervals": [["start": "12:00", "end": "15:00"]],
            ]
            let id = try await tenant.add("availability-rules", body, to: calendar)
            #expect(try await starts(tenant, calendar, "2026-11-11") == halfHours(12, 15))
            #expect(try await starts(tenant, calendar, "2026-11-12") == halfHours(9, 17))
            let path = "calendars/\(calendar)/availability-rules/\(id)"
            try await tenant.put(path, body.with(["intervals": []])).expect(200)
            #expect(try await starts(tenant, calendar, "2026-11-11") == [])
            let why = try await tenant.explain(calendar, at: "2026-11-11T12:00:00Z")
            #expect(why.reasons == ["closed"])
            #expect(why["reasons"]?.array?.first?["source_id"] == .string(id))
            try await tenant.delete(path).expect(204)
            #expect(try await starts(tenant, calendar, "2026-11-11") == halfHours(9, 17))
        }
    }

    @Test func ofCustomWeeksTheHighestPriorityThenTheNewestCounts() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            func rule(_ start: String, _ end: String, _ priority: Int) async throws -> String {
                try await tenant.add(
                    "availability-rules",
                    [
                        "kind": "custom", "starts_on": "2026-11-09", "ends_on": "2026-11-15",
                        "business_hours": [["day_of_week": "tuesday", "start": .string(start), "end": .string(end)]],
                        "priority": .number(JSONNumber(priority)),
                    ], to: calendar
                )
            }
            _ = try await rule("10:00", "12:00", 5)
            #expect(try await starts(tenant, calendar, "2026-11-10") == halfHours(10, 12))
            #expect(try await starts(tenant, calendar, "2026-11-11") == [])
            #expect(try await starts(tenant, calendar, "2026-11-17") == halfHours(9, 17))
            let newest = try await rule("13:00", "14:00", 5)
            #expect(try await starts(tenant, calendar, "2026-11-10") == halfHours(13, 14))
            _ = try await rule("20:00", "21:00", 4)
            #expect(try await starts(tenant, calendar, "2026-11-10") == halfHours(13, 14))
            try await test.evict(calendar)
            #expect(try await starts(tenant, calendar, "2026-11-10") == halfHours(13, 14))
            try await tenant.delete("calendars/\(calendar)/availability-rules/\(newest)").expect(204)
            #expect(try await starts(tenant, calendar, "2026-11-10") == halfHours(10, 12))
        }
    }

    @Test func recurringRulesAddHoursAndTakeThemAway() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            try await tenant.add(
                "availability-rules",
                [
                    "kind": "recurring", "effect": "available", "rrule": "RRULE:FREQ=WEEKLY;BYDAY=SA;",
                    "starts_on": "2026-11-07", "start": "10:00", "end": "12:00", "exdates": ["2026-11-14"],
                    "rdates": ["2026-11-15"],
                ], to: calendar
            )
            #expect(try await starts(tenant, calendar, "2026-11-07") == halfHours(10, 12))
            #expect(try await starts(tenant, calendar, "2026-11-14") == [])
            #expect(try await starts(tenant, calendar, "2026-11-15") == halfHours(10, 12))
            #expect(try await starts(tenant, calendar, "2026-11-21") == halfHours(10, 12))
            let closing = try await tenant.add("availability-rules", OpeningRuleCase.recurringRule.body, to: calendar)
            #expect(try await starts(tenant, calendar, "2026-11-03") == halfHours(9, 10) + halfHours(11, 17))
            #expect(try await starts(tenant, calendar, "2026-11-10") == halfHours(9, 17))
            let why = try await tenant.explain(calendar, at: "2026-11-03T10:00:00Z")
            #expect(why.reasons == ["closed"])
            #expect(why["reasons"]?.array?.first?["source_id"] == .string(closing))
            try await test.evict(calendar)
            #expect(try await starts(tenant, calendar, "2026-11-21") == halfHours(10, 12))
        }
    }

    @Test func aRuleThatCannotBeReadIsRefusedWithItsPart() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            for (rule, part) in [
                ("FREQ=HOURLY", "FREQ"), ("FREQ=DAILY;INTERVAL=0", "INTERVAL"), ("FREQ=YEARLY;BYMONTH=13", "BYMONTH"),
                ("FREQ=DAILY;BYHOUR=9", "BYHOUR"), ("FREQ=HOURLY;COUNT=0", "COUNT"),
            ] {
                for (path, body) in [
                    ("availability-rules", OpeningRuleCase.recurringRule.body),
                    ("break-times", OpeningRuleCase.recurringBreak.body),
                    ("break-times/recurring", OpeningRuleCase.recurringBreak.body),
                ] {
                    let body = body.with(["rrule": .string(rule), "start": "x"])
                    let answer = try await tenant.post("calendars/\(calendar)/\(path)", body).expect(422)
                    let errors = answer["errors"]?.array ?? []
                    #expect(errors.contains { $0["pointer"] == "/start" })
                    let said = errors.filter { $0["pointer"] == "/rrule" }.compactMap { $0["message"]?.string }
                    #expect(said.contains { $0.hasPrefix(part + " ") }, "\(rule): \(answer.text)")
                }
            }
        }
    }

    @Test func aRecurringBreakIsSentBackAsItsAddressTakesIt() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let path = "calendars/\(try await tenant.calendar())/break-times"
            let body = OpeningRuleCase.recurringBreak.body.without("kind")
            let made = try await tenant.post("\(path)/recurring", body).expect(201)
            let id = try #require(made["id"]?.string)
            let sent = body.with(["start": "00:15"])
            #expect(try await tenant.put("\(path)/\(id)", sent).expect(200)["start"] == "00:15")
            try await tenant.put("\(path)/\(id)", sent.without("rrule")).expect(422)
        }
    }

    @Test func breaksTakeTimeAndTheGridStartsAgain() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let once = try await tenant.add(
                "break-times", ["kind": "one_time", "date": "2026-11-03", "start": "10:00", "end": "10:45"],
                to: calendar
            )
            let day = try await starts(tenant, calendar, "2026-11-03")
            #expect(day.prefix(4) == ["09:00", "09:30", "10:45", "11:15"])
            #expect(try await starts(tenant, calendar, "2026-11-10") == halfHours(9, 17))
            let why = try await tenant.explain(calendar, at: "2026-11-03T10:00:00Z")
            #expect(why.reasons == ["break"])
            #expect(why["reasons"]?.array?.first?["source_id"] == .string(once))
            let weekly = try await tenant.add("break-times", OpeningRuleCase.weeklyBreak.body, to: calendar)
            #expect(try await starts(tenant, calendar, "2026-11-02") == halfHours(9, 12) + halfHours(13, 17))
            let noon = try await tenant.explain(calendar, at: "2026-11-02T12:00:00Z")
            #expect(noon["reasons"]?.array?.first?["source_id"] == .string(weekly))
            // Who has the right to may book into it.
            try await tenant.book(calendar, "2026-11-02T12:00:00Z").expect(409, "slot_unavailable")
            try await tenant.book(calendar, "2026-11-02T12:00:00Z", ["override": ["break"]]).expect(201)
        }
    }

    @Test func aRecurringBreakTakesTimeOnItsDates() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let id = try await tenant.add("break-times", OpeningRuleCase.recurringBreak.body, to: calendar)
            #expect(try await starts(tenant, calendar, "2026-11-02") == halfHours(10, 17))
            #expect(try await starts(tenant, calendar, "2026-11-09") == halfHours(9, 17))
            #expect(try await starts(tenant, calendar, "2026-12-07") == halfHours(10, 17))
            let why = try await tenant.explain(calendar, at: "2026-11-02T09:00:00Z")
            #expect(why.reasons == ["break"])
            #expect(why["reasons"]?.array?.first?["source_id"] == .string(id))
        }
    }

    @Test func aBlackoutClosesWholeDays() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["horizon_days": 500])
            let body: JSON = ["starts_on": "2026-11-10", "ends_on": "2026-11-11", "repeats_yearly": true]
            let id = try await tenant.add("blackout-dates", body, to: calendar)
            try await tenant.add("availability-rules", OpeningRuleCase.fixedRule.body, to: calendar)
            for date in ["2026-11-10", "2026-11-11", "2027-11-10", "2027-11-11"] {
                #expect(try await starts(tenant, calendar, date) == [], "\(date)")
            }
            #expect(try await starts(tenant, calendar, "2026-11-12") == halfHours(9, 17))
            let why = try await tenant.explain(calendar, at: "2026-11-10T09:00:00Z")
            #expect(why.reasons == ["blackout"])
            #expect(why["reasons"]?.array?.first?["source_id"] == .string(id))
            let path = "calendars/\(calendar)/blackout-dates/\(id)"
            try await tenant.put(path, body.with(["repeats_yearly": false])).expect(200)
            #expect(try await starts(tenant, calendar, "2027-11-10") == halfHours(9, 17))
        }
    }

    @Test func buffersKeepTimeBetweenBookings() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            try await tenant.book(calendar, "2026-11-02T10:00:00Z").expect(201)
            #expect(try await starts(tenant, calendar, "2026-11-02").prefix(3) == ["09:00", "09:30", "10:30"])
            let id = try await tenant.add("buffer-times", ["kind": "after", "minutes": 15], to: calendar)
            #expect(try await starts(tenant, calendar, "2026-11-02").prefix(2) == ["09:00", "11:00"])
            #expect(try await tenant.explain(calendar, at: "2026-11-02T09:30:00Z").reasons == ["buffer"])
            try await tenant.book(calendar, "2026-11-02T10:30:00Z").expect(409, "slot_unavailable")
            try await test.evict(calendar)
            try await tenant.book(calendar, "2026-11-02T10:30:00Z").expect(409, "slot_unavailable")
            try await tenant.delete("calendars/\(calendar)/buffer-times/\(id)").expect(204)
            try await tenant.book(calendar, "2026-11-02T10:30:00Z").expect(201)
        }
    }

    /// A preview of the calendar and of what its lists answer has the same slots.
    @Test func aPreviewWithTheSameOpeningRulesHasTheSameSlots() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            for openingRule in OpeningRuleCase.all {
                try await tenant.add(openingRule.collection, openingRule.body, to: calendar)
            }
            var draft = try await tenant.get("calendars/\(calendar)").json
            for collection in ["availability-rules", "buffer-times", "break-times", "blackout-dates"] {
                let list = try await tenant.get("calendars/\(calendar)/\(collection)")["data"] ?? .null
                draft = draft.with(.object(JSONObject([(collection.replacing("-", with: "_"), list)])))
            }
            let saved = try await tenant.availability(calendar, from: "2026-11-01", to: "2026-12-31").expect(200)
            let preview = try await tenant.post(
                "availability/preview", ["calendar": draft, "from": "2026-11-01", "to": "2026-12-31"]
            ).expect(200)
            #expect(saved.starts.count > 300)
            #expect(preview["slots"] == saved["slots"])
        }
    }

    @Test(arguments: OpeningRuleCase.all)
    func eachChangeIsAnEventAndAnAuditEntry(openingRule: OpeningRuleCase) async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let id = try await tenant.add(openingRule.collection, openingRule.body, to: calendar)
            let path = "calendars/\(calendar)/\(openingRule.collection)/\(id)"
            try await tenant.put(path, openingRule.body.with(openingRule.change)).expect(200)
            try await tenant.put(path, openingRule.body).expect(200)
            try await tenant.delete(path).expect(204)
            let events = try await test.query("SELECT type, payload, seq FROM events ORDER BY seq")
            #expect(try events.map { try $0.text(0) } == Array(repeating: "availability.changed", count: 4))
            for (row, change) in zip(events, ["created", "updated", "updated", "deleted"]) {
                let said: JSON = [
                    "calendar_id": .string(calendar), "source": .string(openingRule.source), "source_id": .string(id),
                    "change": .string(change),
                ]
                // A change names the dates of what was and of what is.
                let isChange = change == "updated"
                let told = try row.json(1)
                #expect(isChange ? told.without("from", "to") == said : told == said.with(openingRule.dates))
            }
            let audit = try await test.query(
                "SELECT action FROM audit_log WHERE action LIKE '\(openingRule.source)%' ORDER BY at, action"
            )
            let actions = ["create", "delete", "update", "update"].map { "\(openingRule.source).\($0)" }
            #expect(try audit.map { try $0.text(0) }.sorted() == actions)
            #expect(try await tenant.availability(calendar)["seq"] == 4)
        }
    }

    /// The tag of an answer stands as long as no change touches what it says.
    @Test func anAnswerThatAChangeDoesNotTouchStaysTheSame() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let tag = try #require(try await tenant.availability(calendar).expect(200).etag)
            try await tenant.add("availability-rules", OpeningRuleCase.fixedRule.body, to: calendar)
            try await tenant.availability(calendar, headers: ["If-None-Match": tag]).expect(304)
            try await tenant.add("break-times", OpeningRuleCase.weeklyBreak.body, to: calendar)
            try await tenant.availability(calendar, headers: ["If-None-Match": tag]).expect(200)
        }
    }

    @Test func openingRulesOutliveTheProcess() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "almanac-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var kept: [(path: String, answer: Answer)] = []
        var token: String?
        try await TestServer.run(path: folder + "/test.db") { test in
            let tenant = try await test.tenant()
            token = tenant.token
            let calendar = try await tenant.calendar()
            for openingRule in OpeningRuleCase.all {
                try await tenant.add(openingRule.collection, openingRule.body, to: calendar)
            }
            for collection in ["availability-rules", "buffer-times", "break-times", "blackout-dates"] {
                let path = "calendars/\(calendar)/\(collection)"
                kept.append((path, try await tenant.get(path).expect(200)))
            }
            let path = "calendars/\(calendar)/availability?from=2026-11-01&to=2026-12-31"
            kept.append((path, try await tenant.get(path).expect(200)))
        }
        try await TestServer.run(path: folder + "/test.db") { test in
            let tenant = Client(test: test, token: token)
            for (path, answer) in kept {
                let again = try await tenant.get(path).expect(200)
                #expect(again.bytes == answer.bytes, "\(path)")
            }
        }
    }
}
