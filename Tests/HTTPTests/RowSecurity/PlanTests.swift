@testable import JSON
@testable import PostgresDriver
import Foundation
import Scheduling
import Testing

@testable import AlmanacChannels
@testable import AlmanacRuntime
@testable import Server
@testable import TenantActors

/// With row security in force every statement of the server finds its rows by key, however much there is.
@Suite(.enabled(if: PostgresSandbox.shared != nil, "on PostgreSQL only"), .serialized) struct PlanTests {
    @Test func nothingIsReadWholeAmongTwentyThousandAppointments() async throws {
        try await TestServer.run { test in
            let crowd = Crowd(calendars: 200, appointments: 20_000)
            try await Self.check(crowd, test)
        }
    }

    /// The same at a hundred times as many, where waking a calendar takes as long as among few.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["ALMANAC_TRIALS"] != nil, "set ALMANAC_TRIALS=1"))
    func aMillionAppointmentsAreAsFastAsTenThousand() async throws {
        var medians: [Double] = []
        for crowd in [Crowd(calendars: 100, appointments: 10_000), Crowd(calendars: 10_000, appointments: 1_000_000)] {
            try await TestServer.run { test in
                let tenant = try await Self.check(crowd, test)
                medians.append(try await Self.wakings(tenant))
            }
        }
        print("waking a calendar: \(medians[0]) ms among 10,000 appointments, \(medians[1]) ms among 1,000,000")
        #expect(medians[1] < medians[0] * 3 + 2)
    }

    /// Has the server do all it can do, among a crowd, and looks at the plans of what it prepared for that.
    @discardableResult
    private static func check(_ crowd: Crowd, _ test: TestServer) async throws -> Client {
        let tenant = try await test.tenant()
        let calendar = try await tenant.calendar()
        try await test.execute(crowd.sql(tenant.organization, calendar))
        try await EveryRequest(test: test, tenant: tenant).make(calendar)
        let database = try #require(test.server.record.database as? PostgresDatabase)
        let prepared = try await HotPlans.prepared(database.pool)
        // Did it do what it was to do? Each of these is among what a statement says.
        for word in [
            "INSERT INTO appointments", "INSERT INTO time_slots", "DELETE FROM time_slots", "INSERT INTO events",
            "INSERT INTO outbox", "INSERT INTO idempotency_keys", "UPDATE calendars", "UPDATE calendar_heads",
            "INSERT INTO business_hours", "INSERT INTO appointment_cancellations", "UPDATE appointments",
            "UPDATE api_keys",
            "UPDATE organizations", "UPDATE deliveries", "INSERT INTO deliveries", "almanac_claim_deliveries",
            "almanac_outbox", "almanac_api_key", "almanac_due_delivery", "almanac_holds_due", "FROM deliveries d",
            "FROM appointments a", "FROM calendar_heads h\n", "INSERT INTO availability_slots",
            "INSERT INTO calendar_clocks", "DELETE FROM calendar_clocks", "FROM calendar_clocks", "almanac_clocks_due",
            "almanac_zones_in_use", "almanac_clocks_in_zone",
            "INSERT INTO availability_rules", "UPDATE availability_rules",
            "INSERT INTO buffer_times", "UPDATE buffer_times", "INSERT INTO break_times", "UPDATE break_times",
            "INSERT INTO blackout_dates", "UPDATE blackout_dates", "FROM availability_rules WHERE",
        ] { #expect(prepared.contains { $0.text.contains(word) }, "nothing said \(word)") }
        let configuration = PostgresConfiguration(url: try #require(test.postgresURL))
        try await PostgresSessions(configuration).withSession { session in
            for setting in configuration.planning { try await session.execute(setting) }
            let functions = try await HotPlans.functions(session)
            for (role, statements) in [("almanac_app", prepared), ("almanac_definer", functions)] {
                try await session.execute("SET ROLE \(role)")
                for statement in statements {
                    let faults = try await HotPlans.faults(statement, session)
                    #expect(faults.isEmpty, "\(statement.text)")
                }
                try await session.execute("RESET ROLE")
            }
        }
        return tenant
    }

    /// The median time from a sleeping calendar to its availability, in milliseconds.
    private static func wakings(_ tenant: Client) async throws -> Double {
        let page = try await tenant.get("calendars?limit=10").expect(200)
        let calendars = try #require(page["data"]?.array).compactMap { $0["id"]?.string }
        var times: [Double] = []
        for round in 0..<6 {
            for calendar in calendars {
                try await tenant.test.evict(calendar)
                let begun = SystemClock.monotonic()
                _ = try await tenant.availability(calendar, to: "2026-11-30").expect(200)
                // The first time what the disk holds is fetched.
                if round > 0 { times.append(Double(SystemClock.monotonic() - begun) / 1_000_000) }
            }
        }
        return times.sorted()[times.count / 2]
    }
}
