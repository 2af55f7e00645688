@testable import JSON
import Scheduling
import Testing

@testable import AlmanacChannels
@testable import AlmanacRuntime
@testable import Server
@testable import TenantActors

/// Has a server do all it can do, so that all its statements are run.
struct EveryRequest {
    let test: TestServer
    let tenant: Client
    /// Which time it is: what may exist only once is named after it.
    var round = 0

    private var subject: String { "ada-\(round)" }

    /// Every kind of request once or twice, and what the server does by itself.
    func make(_ calendar: String) async throws {
        _ = try await tenant.availability(calendar).expect(200)
        let booked = try await tenant.book(calendar, key: "k\(round)").expect(201)
        _ = try await tenant.book(calendar, key: "k\(round)").expect(201)
        let appointment = try #require(booked["id"]?.string)
        _ = try await tenant.patch("appointments/\(appointment)", ["title": "T"]).expect(200)
        _ = try await tenant.get("appointments/\(appointment)").expect(200)
        _ = try await tenant.cancel(appointment).expect(200)
        let token = try #require(try await tenant.hold(calendar).expect(201)["hold_token"]?.string)
        _ = try await tenant.delete("calendars/\(calendar)/holds/\(token)").expect(204)
        let named = Fixture.booking(calendar, "2026-11-02T11:00:00Z").without("contact").with([
            "contact_id": booked["contact"]?["id"] ?? nil
        ])
        _ = try await tenant.post("appointments", named).expect(201)
        let typed: JSON = [
            "name": "S", "email": "sam@example.com", "phone": .string("+1202555\(1_000 + round)"),
            "timezone": "Asia/Tokyo",
        ]
        _ = try await tenant.book(calendar, "2026-11-02T12:00:00Z", ["contact": typed]).expect(201)
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
        try await sharing(calendar)
        _ = try await tenant.get("calendars").expect(200)
        _ = try await tenant.patch("calendars/\(calendar)", ["name": "N"]).expect(200)
        let key = try await tenant.post("admin/api-keys", ["name": "k", "scopes": ["calendars:read"]]).expect(201)
        _ = try await tenant.get("admin/api-keys").expect(200)
        _ = try await tenant.delete("admin/api-keys/\(try #require(key["id"]?.string))").expect(204)
        _ = try await test.platform.get("platform/organizations").expect(200)
        let other = try await test.tenant("Other \(round)")
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
        for openingRule in OpeningRuleCase.all {
            let id = try await tenant.add(openingRule.collection, openingRule.body, to: calendar)
            let path = "calendars/\(calendar)/\(openingRule.collection)/\(id)"
            _ = try await tenant.put(path, openingRule.body).expect(200)
            _ = try await tenant.delete(path).expect(204)
        }
        try await test.evict(calendar)
        _ = try await tenant.availability(calendar).expect(200)
        let spare = try await tenant.calendar(["slug": .string("spare-\(round)")])
        _ = try await tenant.delete("calendars/\(spare)").expect(204)
    }

    /// Members, teams and shares, and what is read with their eyes.
    private func sharing(_ calendar: String) async throws {
        let ada = try await tenant.post("admin/members", ["name": "Ada", "subject": .string(subject)]).expect(201)
        let id = try #require(ada["id"]?.string)
        _ = try await tenant.patch("admin/members/\(id)", ["name": "Ada L."]).expect(200)
        let team = try await tenant.post("admin/teams", ["name": "T", "member_ids": .array([.string(id)])]).expect(201)
        let teamID = try #require(team["id"]?.string)
        _ = try await tenant.patch("admin/teams/\(teamID)", ["name": "U"]).expect(200)
        for path in ["admin/members", "admin/members/\(id)", "admin/teams", "admin/teams/\(teamID)"] {
            _ = try await tenant.get(path).expect(200)
        }
        for (type, id) in [("member", subject), ("team", teamID), ("organization", nil), ("link", nil)]
            as [(String, String?)]
        {
            let body: JSON = [
                "grantee_type": .string(type), "grantee_id": id.map { .string($0) } ?? nil, "permission": "view",
            ]
            let share = try await tenant.post("calendars/\(calendar)/shares", body).expect(201)
            if let secret = share["secret"]?.string {
                _ = try await tenant.test.anonymous.get("public/shares/\(secret)").expect(200)
            }
            let member = try await tenant.member(subject, ["calendars:read", "appointments:read"])
            _ = try await member.get("appointments").expect(200)
            _ = try await member.get("calendars").expect(200)
            _ = try await tenant.delete("calendars/\(calendar)/shares/\(try #require(share["id"]?.string))").expect(204)
        }
        _ = try await tenant.delete("admin/teams/\(teamID)").expect(204)
        _ = try await tenant.delete("admin/members/\(id)").expect(204)
    }
}
