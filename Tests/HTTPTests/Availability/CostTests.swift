@testable import JSON
import AlmanacRuntime
import HTTPTypes
import Scheduling
import Synchronization
import TenantActors
import Testing

@testable import HTTP
@testable import Server

/// Work and memory that requests may take, as a sum.
@Suite struct CostTests {
    private static let always: JSON = .array(
        ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"].map { day -> JSON in
            ["day_of_week": .string(day), "start": "00:00", "end": "24:00"]
        }
    )
    private static let minutes: JSON = [
        "timezone": "UTC", "slot_duration_minutes": 1, "horizon_days": 3_650, "business_hours": always,
    ]
    private static let everyDay = (1...31).map(String.init).joined(separator: ",")

    /// Counts over thousands of years.
    private static func rule(_ fields: JSON = [:]) -> JSON {
        let rule: JSON = [
            "kind": "recurring", "effect": "available",
            "rrule": .string("FREQ=DAILY;INTERVAL=2;BYMONTHDAY=\(everyDay);COUNT=1500000"), "starts_on": "0001-01-01",
            "start": "10:00", "end": "11:00",
        ]
        return rule.with(fields)
    }

    private static func preview(_ calendar: JSON, to: String = "2026-11-08") -> JSON {
        ["calendar": calendar, "from": "2026-11-02", "to": .string(to)]
    }

    // MARK: Rules

    /// Their sum counts: each alone is taken, and so are ordinary ones by the thousand.
    @Test func aPreviewNamesTheRuleThatGoesOver() async throws {
        try await TestServer.run(settings: ["work.rule_steps": "100000"]) { test in
            let tenant = try await test.tenant()
            func ask(_ rules: [JSON], _ breaks: [JSON] = []) async throws -> Answer {
                let calendar: JSON = [
                    "timezone": "UTC", "availability_rules": .array(rules), "break_times": .array(breaks),
                ]
                return try await tenant.post("availability/preview", Self.preview(calendar))
            }
            try await ask([Self.rule()]).expect(200)
            let refused = try await ask(Array(repeating: Self.rule(), count: 1_000)).expect(422, "too_costly")
            #expect(refused.errors.count == 1)
            let pointer = try #require(refused.json["errors"]?.array?.first?["pointer"]?.string)
            #expect(pointer.hasPrefix("/calendar/availability_rules/") && pointer.hasSuffix("/rrule"))
            let pause: JSON = [
                "kind": "recurring", "rrule": .string("FREQ=DAILY;INTERVAL=3;BYMONTH=1,5;COUNT=300000"),
                "starts_on": "0001-01-01", "start": "12:00", "end": "13:00",
            ]
            let breaks = try await ask([], Array(repeating: pause, count: 1_000)).expect(422, "too_costly")
            #expect(breaks.errors.first?.hasPrefix("/calendar/break_times/") == true)
            let plain: JSON = ["rrule": "FREQ=WEEKLY;BYDAY=SA;COUNT=30", "starts_on": "2026-11-07"]
            let ordinary = try await ask(Array(repeating: Self.rule(plain), count: 40)).expect(200)
            #expect(ordinary.starts == ["2026-11-07T10:00:00Z", "2026-11-07T10:30:00Z"])
        }
    }

    /// The one that the issue began with: a thousand of them are answered, with the right days.
    @Test func aThousandCountsFromTheYearOneAreAnswered() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let fields: JSON = ["rrule": .string("FREQ=DAILY;BYMONTHDAY=\(Self.everyDay);BYSETPOS=1;COUNT=3000000")]
            let calendar: JSON = [
                "timezone": "UTC", "slot_duration_minutes": 60,
                "availability_rules": .array(Array(repeating: Self.rule(fields), count: 300)),
            ]
            let body = Self.preview(calendar)
            let answer = try await tenant.post("availability/preview", body).expect(200)
            #expect(answer.starts.count == 7)
        }
    }

    @Test func aRuleOrBreakThatGoesOverIsNotKept() async throws {
        try await TestServer.run(settings: ["work.rule_steps": "100000"]) { test in
            let tenant = try await test.tenant()
            let calendar = "calendars/\(try await tenant.calendar())"
            var kept: [String] = []
            var refused: Answer?
            while refused == nil, kept.count < 100 {
                let answer = try await tenant.post("\(calendar)/availability-rules", Self.rule())
                if answer.status == 201 { kept.append(try #require(answer["id"]?.string)) } else { refused = answer }
            }
            #expect(refused?.expect(422, "too_costly").errors == ["/rrule too_costly"])
            #expect(kept.count > 1)
            let before = try await test.rowCounts()
            let pause = Self.rule(["kind": "recurring"]).without("effect", "kind")
            let broken = try await tenant.post("\(calendar)/break-times/recurring", pause).expect(422, "too_costly")
            #expect(broken.errors == ["/rrule too_costly"])
            let plain: JSON = ["rrule": "FREQ=DAILY", "starts_on": "2026-11-02"]
            // What is no more work than it was is taken, what is more is not.
            let path = "\(calendar)/availability-rules/\(kept[0])"
            try await tenant.put(path, Self.rule(["start": "09:00"])).expect(200)
            try await tenant.put(path, Self.rule(plain)).expect(200)
            let small = try await tenant.post("\(calendar)/availability-rules", Self.rule(plain)).expect(201)
            let id = try #require(small["id"]?.string)
            try await tenant.put(path, Self.rule()).expect(200)
            let replaced = try await tenant.put("\(calendar)/availability-rules/\(id)", Self.rule())
            #expect(replaced.expect(422, "too_costly").errors == ["/rrule too_costly"])
            #expect(try await test.rowCounts()["break_times"] == before["break_times"])
            #expect(try await tenant.get("\(calendar)/availability-rules/\(id)")["rrule"] == "FREQ=DAILY")
        }
    }

    // MARK: Ranges

    @Test func aYearOfMinutesIsRefusedBeforeItIsCompiled() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let id = try await tenant.calendar(Self.minutes)
            let refused = try await tenant.availability(id, from: "2026-11-02", to: "2027-11-02").expect(422)
            #expect(refused.errors == ["/to too_many_slots"])
            #expect(test.server.tenants.services.counts.daysCompiled == 0)
            #expect(test.server.tenants.services.memory.used == .init())
            let preview = try await tenant.post("availability/preview", Self.preview(Self.minutes, to: "2027-11-01"))
            #expect(preview.expect(422).errors == ["/to too_many_slots"])
        }
    }

    // MARK: Turns

    private static func ask(
        _ client: Client, _ method: HTTPRequest.Method, _ path: String, _ body: JSON? = nil
    ) async throws -> Answer {
        let fields: HTTPFields = [.authorization: "Bearer \(client.token ?? "")"]
        return try await client.test.sendUnchecked(
            method, "/api/v1/" + path, headers: fields, body: body?.serialized()
        )
    }

    /// While a heavy job of an organization is under way, its next ones wait and the one after is refused; light ones and
    /// those of others are answered.
    @Test func heavyWorkWaitsForItsTurnAndOthersDoNot() async throws {
        let settings = ["work.heavy_jobs": "2", "work.heavy_waiting": "1"]
        try await TestServer.run(settings: settings) { test in
            let (tenant, other) = (try await test.tenant(), try await test.tenant("Others"))
            let id = try await tenant.calendar(Self.minutes)
            let gate = test.server.tenants.services.work
            let (stream, release) = AsyncStream<Void>.makeStream()
            let organization = try #require(ID(tenant.organization))
            let range = "calendars/\(id)/availability?from=2026-11-02&to=2026-12-05"
            let heavy = Self.preview(Self.minutes, to: "2026-12-05")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await test.server.tenants.heavily(for: organization) { () async throws(CommandError) in
                        for await _ in stream {}
                    }
                }
                while gate.running < 1 { await Task.yield() }
                group.addTask { try await Self.ask(tenant, .post, "availability/preview", heavy).expect(200) }
                while gate.waiting < 1 { await Task.yield() }
                let refused = try await Self.ask(tenant, .post, "availability/preview", heavy).expect(503, "overloaded")
                #expect(refused.retryAfter != nil)
                let long = try await Self.ask(tenant, .get, range)
                #expect(long.expect(503, "overloaded").retryAfter != nil)
                let year: JSON = ["from": "2026-01-01", "to": "2026-12-31"]
                try await Self.ask(tenant, .post, "calendars/\(id)/availability/regenerate", year)
                    .expect(503, "overloaded")
                try await tenant.availability(id).expect(200)
                try await tenant.post("availability/preview", Self.preview(["timezone": "UTC"])).expect(200)
                try await Self.ask(other, .post, "availability/preview", heavy).expect(200)
                release.finish()
                try await group.waitForAll()
            }
            #expect(gate.refused == 3)
            try await Self.ask(tenant, .get, range).expect(200)
            #expect(gate.running == 0 && gate.waiting == 0)
            let metrics = try await test.platform.get("/metrics").text
            #expect(metrics.contains("almanac_heavy_jobs_refused_total 3"))
        }
    }

    // MARK: Memory

    /// All calendars keep no more than the budget: the one used least recently gives back first, and is answered as before.
    @Test func allCalendarsTogetherKeepNoMoreThanTheBudget() async throws {
        try await TestServer.run(settings: ["memory.cache_bytes": "4194304"]) { test in
            let tenant = try await test.tenant()
            let memory = test.server.tenants.services.memory
            var calendars: [(id: String, first: Answer)] = []
            for _ in 0..<24 {
                let id = try await tenant.calendar(Self.minutes)
                // About 245 KB.
                let answer = try await tenant.availability(id, from: "2026-11-02", to: "2026-11-03").expect(200)
                #expect(answer.starts.count == 2_880)
                calendars.append((id, answer))
                #expect(memory.used.total <= 4_194_304)
            }
            #expect(memory.evictions > 0)
            let computed = test.server.tenants.services.counts.answersComputed
            _ = try await tenant.availability(calendars[23].id, from: "2026-11-02", to: "2026-11-03").expect(200)
            #expect(test.server.tenants.services.counts.answersComputed == computed)
            let again = try await tenant.availability(calendars[0].id, from: "2026-11-02", to: "2026-11-03").expect(200)
            #expect(test.server.tenants.services.counts.answersComputed == computed + 1)
            #expect(again.bytes == calendars[0].first.bytes && again.etag == calendars[0].first.etag)
            let metrics = try await test.platform.get("/metrics").text
            #expect(metrics.contains("almanac_cache_bytes{kind=\"answers\"}"))
            #expect(metrics.contains("almanac_cache_limit_bytes 4194304"))
            #expect(!metrics.contains("almanac_cache_evictions_total 0\n"))
            for calendar in calendars { try await test.evict(calendar.id) }
            #expect(memory.used == .init())
        }
    }
}
