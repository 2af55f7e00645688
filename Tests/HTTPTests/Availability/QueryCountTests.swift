@testable import JSON
import AlmanacRuntime
import Scheduling
import Testing

@testable import Server
@testable import TenantActors

/// What an answer costs in questions to the database and in files.
@Suite struct QueryCountTests {
    private static let quarter = "from=2026-11-02&to=2027-01-30"

    private static func run(_ body: (TestServer, CountingDatabase) async throws -> Void) async throws {
        let database = CountingDatabase()
        try await TestServer.run(counting: database) { test in try await body(test, database) }
    }

    @Test func aWarmQuarterReadsNoDatabaseAndNoFile() async throws {
        try await Self.run { test, database in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["timezone": "America/New_York", "slot_duration_minutes": 15])
            let path = "calendars/\(calendar)/availability"
            for zone in ["", "&timezone=Europe/Paris"] {
                _ = try await tenant.get("\(path)?\(Self.quarter)\(zone)").expect(200)
            }
            #expect(!database.take().isEmpty)
            let files = test.server.tenants.services.zones.fileReads

            let kept = try await tenant.get("\(path)?\(Self.quarter)").expect(200)
            #expect(kept.starts.count > 1_000)
            // Not from the kept bytes: another range, another zone, another shape.
            _ = try await tenant.get("\(path)?from=2026-11-03&to=2027-01-29").expect(200)
            _ = try await tenant.get("\(path)?\(Self.quarter)&timezone=Europe/Paris&group_by=day").expect(200)
            let start = try #require(kept.starts.first)
            #expect(try await tenant.explain(calendar, at: start).expect(200)["available"] == true)
            let tag = try #require(kept.etag)
            _ = try await tenant.get("\(path)?\(Self.quarter)", headers: ["If-None-Match": tag]).expect(304)

            #expect(database.take() == [])
            #expect(test.server.tenants.services.zones.fileReads == files)
        }
    }

    @Test func aColdCalendarIsLoadedWithTheSameFewQueriesHoweverMuchItHas() async throws {
        try await Self.run { test, database in
            let tenant = try await test.tenant()
            var asked: [[String]] = []
            for (appointments, rules) in [(0, 0), (10, 0), (5_000, 0), (0, 100), (10, 1)] {
                let calendar = try await tenant.calendar(["slot_duration_minutes": 15])
                for _ in 0..<rules {
                    let body: JSON = [
                        "kind": "recurring", "effect": "unavailable", "rrule": "FREQ=WEEKLY;BYDAY=MO",
                        "starts_on": "2026-11-02", "start": "09:00",
                        "end": "10:00",
                    ]
                    try await tenant.post("calendars/\(calendar)/availability-rules", body).expect(201)
                }
                try await test.occupy(calendar, of: tenant.organization, count: appointments)
                try await test.evict(calendar)
                _ = database.take()
                _ = try await tenant.get("calendars/\(calendar)/availability?\(Self.quarter)").expect(200)
                asked.append(database.take())
            }
            #expect(Set(asked).count == 1)
            #expect(asked[0].count <= 8, "\(asked[0])")
        }
    }

    @Test func daysAndAnswersAreCounted() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            _ = try await tenant.availability(calendar, to: "2026-11-08").expect(200)
            _ = try await tenant.availability(calendar, to: "2026-11-08").expect(200)
            _ = try await tenant.availability(calendar, to: "2026-11-10").expect(200)
            let metrics = try await test.platform.get("/metrics").expect(200).text
            for line in [
                #"almanac_availability_days_total{result="compiled"} 9"#,
                #"almanac_availability_days_total{result="hit"} 7"#,
                #"almanac_availability_answers_total{result="computed"} 2"#,
                #"almanac_availability_answers_total{result="hit"} 1"#,
            ] { #expect(metrics.contains(line), "\(line)") }
        }
    }
}

extension TestServer {
    /// Writes appointments of a quarter of an hour into a calendar's time, without their makers.
    func occupy(_ calendar: String, of organization: String, count: Int) async throws {
        let calendar = try #require(ID(calendar))
        let organization = try #require(ID(organization))
        let start = clock.now().adding(days: 1)
        for first in stride(from: 0, to: count, by: 500) {
            let rows = (first..<min(count, first + 500)).map { index in
                let begin = start.adding(minutes: index * 20)
                return SlotWrites.insert(
                    Occupancy.Entry(
                        owner: ID(high: calendar.high ^ calendar.low, low: UInt64(index)),
                        span: Span(begin, begin.adding(minutes: 15)), seat: 0,
                        kind: .appointment
                    ),
                    calendar: calendar, organization: organization
                )
            }
            let change = Change(
                key: calendar, organizationID: organization, generation: nil, rows: rows, audit: nil
            )
            guard case .committed? = await server.log.commit([change]).first else {
                Issue.record("appointments cannot be written")
                return
            }
        }
    }
}
