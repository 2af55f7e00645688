@testable import JSON
import AlmanacRuntime
import Scheduling
import TenantActors
import Testing

@testable import HTTP

/// What becoming, being and no longer being a member means for what may be seen.
@Suite struct MembershipTests {
    @Test func whatIsGivenToAMemberIsItsWhicheverNameItsTokenHas() async throws {
        try await TestServer.run { test in
            let fixture = try await SharingFixture(test)
            let id = try await fixture.member("Bob", ["subject": "bob"])
            let byID = try await fixture.tenant.member(id, SharingFixture.everyScope)
            for name in ["bob", id] {
                let share = try await fixture.give("view", to: "member", name).expect(201)
                try await fixture.bob.get(fixture.path).expect(200)
                try await byID.get(fixture.path).expect(200)
                try await fixture.ada.delete("\(fixture.path)/shares/\(try #require(share["id"]?.string))").expect(204)
                try await fixture.bob.get(fixture.path).expect(404)
                try await byID.get(fixture.path).expect(404)
            }
            // So is what it owns.
            try await fixture.tenant.patch(fixture.path, ["owner": ["member_id": .string(id)]]).expect(200)
            try await fixture.bob.delete(fixture.path).expect(204)
        }
    }

    @Test func asATeamChangesSoDoesWhatItsMembersSee() async throws {
        try await TestServer.run { test in
            let fixture = try await SharingFixture(test)
            let bob = try await fixture.member("Bob", ["subject": "bob"])
            let team = try await fixture.team()
            try await fixture.give("book", to: "team", team).expect(201)
            try await fixture.bob.get(fixture.path).expect(404)
            let members: JSON = ["member_ids": .array([.string(bob)])]
            try await fixture.tenant.patch("admin/teams/\(team)", members).expect(200)
            try await fixture.bob.hold(fixture.calendar).expect(201)
            try await fixture.tenant.patch("admin/teams/\(team)", ["member_ids": []]).expect(200)
            try await fixture.bob.get(fixture.path).expect(404)
            try await fixture.tenant.patch("admin/teams/\(team)", members).expect(200)
            try await fixture.bob.get(fixture.path).expect(200)
            try await fixture.tenant.delete("admin/teams/\(team)").expect(204)
            try await fixture.bob.get(fixture.path).expect(404)
            #expect(try await fixture.bob.get("calendars")["data"] == [])
            // What was given to a team that is no more can be taken back, and not be given again.
            try await fixture.give("view", to: "team", team).expect(422)
            let share = try await fixture.ada.get("\(fixture.path)/shares")["data"]?.array?.first?["id"]?.string
            try await fixture.ada.delete("\(fixture.path)/shares/\(try #require(share))").expect(204)
        }
    }

    @Test func whoIsDeactivatedOrDeletedSeesNothingAndIsNotRefusedAsUnknown() async throws {
        try await TestServer.run { test in
            let fixture = try await SharingFixture(test)
            let bob = try await fixture.member("Bob", ["subject": "bob"])
            let own = try await fixture.bob.calendar()
            try await fixture.give("view", to: "member", bob).expect(201)
            let other = try await fixture.ada.calendar()
            try await fixture.ada.post(
                "calendars/\(other)/shares", ["grantee_type": "organization", "permission": "book"]
            ).expect(201)
            let paths = [own, fixture.calendar, other].map { "calendars/\($0)" }
            func see(_ status: Int) async throws {
                for path in paths { try await fixture.bob.get(path).expect(status) }
                let count = try await fixture.bob.get("calendars").expect(200)["data"]?.array?.count
                #expect(count == (status == 200 ? 3 : 0))
                let appointments = try await fixture.bob.get("appointments").expect(200)
                #expect((appointments["data"]?.array?.isEmpty ?? true) == (status != 200))
            }
            try await fixture.bob.book(own).expect(201)
            try await see(200)
            try await fixture.tenant.patch("admin/members/\(bob)", ["is_active": false]).expect(200)
            try await see(404)
            try await fixture.bob.post("calendars", Fixture.calendar).expect(403, "insufficient_permission")
            try await fixture.tenant.patch("admin/members/\(bob)", ["is_active": true]).expect(200)
            try await see(200)
            try await fixture.tenant.delete("admin/members/\(bob)").expect(204)
            try await see(404)
            // Who comes back has what goes by its subject, and not what was given to who it was.
            _ = try await fixture.member("Bob", ["subject": "bob"])
            try await fixture.bob.get("calendars/\(own)").expect(200)
            try await fixture.bob.get("calendars/\(other)").expect(200)
            try await fixture.bob.get(fixture.path).expect(404)
        }
    }

    @Test func whatIsGivenToTheOrganizationIsEverySubjectsOfIt() async throws {
        try await TestServer.run { test in
            let fixture = try await SharingFixture(test)
            try await fixture.give("view_free_busy", to: "organization", nil).expect(201)
            try await fixture.bob.availability(fixture.calendar).expect(200)
            let registered = try await fixture.tenant.member(
                try await fixture.member("Eve"), SharingFixture.everyScope)
            try await registered.availability(fixture.calendar).expect(200)
            let stranger = try await test.tenant().member("bob", SharingFixture.everyScope)
            try await stranger.availability(fixture.calendar).expect(404)
        }
    }
}
