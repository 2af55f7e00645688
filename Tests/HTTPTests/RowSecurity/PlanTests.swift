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
        try await everything(test, tenant, calendar)
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
            "FROM appointments a", "JOIN calendars c ON c.id = h.calendar_id", "INSERT INTO availability_slots",
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

    /// Every kind of request once or twice, and what the server does by itself.
    private static func everything(_ test: TestServer, _ tenant: Client, _ calendar: String) async throws {
        _ = try await tenant.availability(calendar).expect(200)
        let booked = try await tenant.book(calendar, key: "k").expect(201)
        _ = try await tenant.book(calendar, key: "k").expect(201)
        let appointment = try #require(booked["id"]?.string)
        _ = try await tenant.patch("appointments/\(appointment)", ["title": "T"]).expect(200)
        _ = try await tenant.get("appointments/\(appointment)").expect(200)
        _ = try await tenant.cancel(appointment).expect(200)
        let token = try #require(try await tenant.hold(calendar).expect(201)["hold_token"]?.string)
        _ = try await tenant.delete("calendars/\(calendar)/holds/\(token)").expect(204)
        let second = try #require(try await tenant.hold(calendar).expect(201)["hold_token"]?.string)
        _ = try await tenant.book(calendar, Fixture.slot, ["hold_token": .string(second)]).expect(201)
        let contact = try #require(booked["contact"]?["id"]?.string)
        for filter in [
            "", "?calendar_id=\(calendar)", "?contact_id=\(contact)", "?status=confirmed",
            "?from=2026-11-01T00:00:00Z&to=2026-11-09T00:00:00Z",
            "?calendar_id=\(calendar)&from=2026-11-01T00:00:00Z&status=confirmed,pending",
        ] { _ = try await tenant.get("appointments\(filter)").expect(200) }
        let member = try await tenant.member("m", ["calendars:read", "appointments:read"])
        _ = try await member.get("appointments").expect(200)
        _ = try await member.get("calendars").expect(200)
        try await sharing(tenant, calendar)
        _ = try await tenant.get("calendars").expect(200)
        _ = try await tenant.patch("calendars/\(calendar)", ["name": "N"]).expect(200)
        let key = try await tenant.post("admin/api-keys", ["name": "k", "scopes": ["calendars:read"]]).expect(201)
        _ = try await tenant.get("admin/api-keys").expect(200)
        _ = try await tenant.delete("admin/api-keys/\(try #require(key["id"]?.string))").expect(204)
        _ = try await test.platform.get("platform/organizations").expect(200)
        let other = try await test.tenant("Other")
        _ = try await test.platform.patch("platform/organizations/\(other.organization)", ["name": "O"]).expect(200)
        _ = try await test.platform.delete("platform/organizations/\(other.organization)").expect(204)
        _ = try await test.server.tenants.calendarsWithHoldsDue(test.clock.now())
        let dates: JSON = ["from": "2026-11-01", "to": "2026-11-02"]
        _ = try await tenant.post("calendars/\(calendar)/availability/regenerate", dates).expect(200)
        await test.server.dayRecorder.round()
        await test.server.zoneUpkeep.check()
        let dispatcher = test.server.dispatcher
        await dispatcher.takeUp()
        _ = await dispatcher.expandAll()
        for lane in dispatcher.lanes { for item in await lane.claim() { await lane.perform(item.entry) } }
        for status in ["", "?status=pending", "?status=delivered"] {
            let list = try await tenant.get("admin/deliveries\(status)").expect(200)
            if let id = list["data"]?.array?.first?["id"]?.string {
                _ = try await tenant.post("admin/deliveries/\(id)/retry")
            }
        }
        // What a node that does not own the calendar reads.
        let reads = ReplicaReads(services: test.server.tenants.services)
        let id = try #require(ID(calendar))
        let organization = try #require(ID(tenant.organization))
        for ids in [1, 8, 64] { _ = try await reads.heads(of: Array(repeating: id, count: ids), organization) }
        _ = try await reads.load(id, organization)
        _ = try await reads.happenings(of: id, organization, after: 0, through: 100, limit: 10)
        for layer in LayerCase.all {
            let id = try await tenant.add(layer.collection, layer.body, to: calendar)
            let path = "calendars/\(calendar)/\(layer.collection)/\(id)"
            _ = try await tenant.put(path, layer.body).expect(200)
            _ = try await tenant.delete(path).expect(204)
        }
        try await test.evict(calendar)
        _ = try await tenant.availability(calendar).expect(200)
        let spare = try await tenant.calendar(["slug": "spare"])
        _ = try await tenant.delete("calendars/\(spare)").expect(204)
    }

    /// Members, teams and shares, and what is read with their eyes.
    private static func sharing(_ tenant: Client, _ calendar: String) async throws {
        let ada = try await tenant.post("admin/members", ["name": "Ada", "subject": "ada"]).expect(201)
        let id = try #require(ada["id"]?.string)
        _ = try await tenant.patch("admin/members/\(id)", ["name": "Ada L."]).expect(200)
        let team = try await tenant.post("admin/teams", ["name": "T", "member_ids": .array([.string(id)])]).expect(201)
        let teamID = try #require(team["id"]?.string)
        _ = try await tenant.patch("admin/teams/\(teamID)", ["name": "U"]).expect(200)
        for path in ["admin/members", "admin/members/\(id)", "admin/teams", "admin/teams/\(teamID)"] {
            _ = try await tenant.get(path).expect(200)
        }
        for (type, id) in [("member", "ada"), ("team", teamID), ("organization", nil), ("link", nil)]
            as [(String, String?)]
        {
            let body: JSON = [
                "grantee_type": .string(type), "grantee_id": id.map { .string($0) } ?? nil, "permission": "view",
            ]
            let share = try await tenant.post("calendars/\(calendar)/shares", body).expect(201)
            if let secret = share["secret"]?.string {
                _ = try await tenant.test.anonymous.get("public/shares/\(secret)").expect(200)
            }
            let member = try await tenant.member("ada", ["calendars:read", "appointments:read"])
            _ = try await member.get("appointments").expect(200)
            _ = try await member.get("calendars").expect(200)
            _ = try await tenant.delete("calendars/\(calendar)/shares/\(try #require(share["id"]?.string))").expect(204)
        }
        _ = try await tenant.delete("admin/teams/\(teamID)").expect(204)
        _ = try await tenant.delete("admin/members/\(id)").expect(204)
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
