@testable import SQL
@testable import JSON
import AlmanacRuntime
import Scheduling
import TenantActors
import Testing

@testable import HTTP

@Suite struct MemberRouteTests {
    @Test func aMemberIsMadeReadChangedListedAndDeleted() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let body: JSON = ["name": "Ada", "email": "ada@example.com", "subject": "auth0|ada"]
            let made = try await tenant.post("admin/members", body, key: "k").expect(201)
            #expect(made["subject"] == "auth0|ada" && made["is_active"] == true && made["version"] == 1)
            let id = try #require(made["id"]?.string)
            #expect(made.location == "/api/v1/admin/members/\(id)")
            let again = try await tenant.post("admin/members", body, key: "k").expect(201)
            #expect(again.isReplay && again.bytes == made.bytes)
            let got = try await tenant.get("admin/members/\(id)").expect(200)
            #expect(got.json == made.json)
            let tag = try #require(got.etag)
            try await tenant.get("admin/members/\(id)", headers: ["If-None-Match": tag]).expect(304)
            try await tenant.patch("admin/members/\(id)", ["name": "B"], headers: ["If-Match": "\"x\""]).expect(412)
            let changed = try await tenant.patch(
                "admin/members/\(id)", got.json.with(["name": "Ada L.", "email": nil]),
                headers: ["If-Match": tag]
            ).expect(200)
            #expect(changed["name"] == "Ada L." && changed["email"] == .null && changed["version"] == 2)
            #expect(changed["subject"] == "auth0|ada" && changed.etag != tag)
            let second = try await tenant.post("admin/members", ["name": "Bob"]).expect(201)
            // Without another one a member's subject is its id.
            #expect(second["subject"] == second["id"])
            let page = try await tenant.get("admin/members?limit=1").expect(200)
            #expect(page["data"] == .array([changed.json]))
            let cursor = try #require(page["next_cursor"]?.string)
            #expect(try await tenant.get("admin/members?cursor=\(cursor)")["data"] == .array([second.json]))
            try await tenant.delete("admin/members/\(id)", headers: ["If-Match": tag]).expect(412)
            try await tenant.delete("admin/members/\(id)").expect(204)
            for answer in [
                try await tenant.get("admin/members/\(id)"), try await tenant.delete("admin/members/\(id)"),
                try await tenant.patch("admin/members/\(id)", ["name": "x"]),
            ] { answer.expect(404, "not_found") }
            #expect(try await tenant.get("admin/members")["data"] == .array([second.json]))
            let log = try await test.query("SELECT action FROM audit_log ORDER BY at, id")
            let actions = try log.map { try $0.text(0) }.filter { $0.hasPrefix("member.") }
            #expect(actions.sorted() == ["member.create", "member.create", "member.delete", "member.update"])
        }
    }

    @Test func aSubjectIsOneMembers() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let ada = try await tenant.post("admin/members", ["name": "Ada", "subject": "ada"]).expect(201)
            let adaID = try #require(ada["id"]?.string)
            let bob = try await tenant.post("admin/members", ["name": "Bob"]).expect(201)
            let bobID = try #require(bob["id"]?.string)
            for subject in ["ada", bobID] {
                let body: JSON = ["name": "C", "subject": .string(subject)]
                let answer = try await tenant.post("admin/members", body).expect(409, "duplicate_subject")
                #expect(answer.errors == ["/subject duplicate_subject"])
            }
            try await tenant.patch("admin/members/\(bobID)", ["subject": "ada"]).expect(409, "duplicate_subject")
            // Another member's id is its own, whatever its subject is.
            try await tenant.patch("admin/members/\(bobID)", ["subject": .string(adaID)]).expect(409)
            try await tenant.patch("admin/members/\(adaID)", ["subject": "ada", "name": "A"]).expect(200)
            try await test.tenant().post("admin/members", ["name": "Ada", "subject": "ada"]).expect(201)
            try await tenant.delete("admin/members/\(adaID)").expect(204)
            try await tenant.patch("admin/members/\(bobID)", ["subject": "ada"]).expect(200)
        }
    }

    /// What a member owns and was given may go by its subject: whoever came under the old one would have it.
    @Test func aSubjectThatWasGivenStays() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let ada = try await tenant.post("admin/members", ["name": "Ada", "subject": "ada"]).expect(201)
            let path = "admin/members/\(try #require(ada["id"]?.string))"
            let refused = try await tenant.patch(path, ["subject": "eve", "is_active": false]).expect(422)
            #expect(refused.errors == ["/subject read_only"])
            #expect(try await tenant.get(path).expect(200)["is_active"] == true)
        }
    }

    @Test(
        arguments: [
            ([:], ["/name required"]),
            (["name": ""], ["/name too_short"]),
            (["name": "A", "email": "nobody"], ["/email invalid_email"]),
            (["name": "A", "subject": ""], ["/subject too_short"]),
            (["name": "A", "is_active": "yes"], ["/is_active type"]),
            (["name": 1, "role": "x"], ["/name type", "/role unknown_field"]),
        ] as [(JSON, [String])])
    func whatIsWrongIsNamed(body: JSON, errors: [String]) async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            #expect(try await tenant.post("admin/members", body).expect(422, "validation_failed").errors == errors)
            let id = try #require(try await tenant.post("admin/members", ["name": "A"]).expect(201)["id"]?.string)
            if body["name"] != nil {
                let answer = try await tenant.patch("admin/members/\(id)", body).expect(422, "validation_failed")
                #expect(answer.errors == errors)
            }
            let nulls = try await tenant.patch("admin/members/\(id)", ["role": nil, "name": nil]).expect(422)
            #expect(nulls.errors == ["/name required", "/role unknown_field"])
            #expect(try await tenant.get("admin/members/\(id)")["version"] == 1)
        }
    }

    @Test func anotherTenantsMembersAndTeamsAreNotThere() async throws {
        try await TestServer.run { test in
            let fixture = try await SharingFixture(test)
            let member = try await fixture.member("Ada")
            let team = try await fixture.team(member)
            let stranger = try await test.tenant()
            for path in ["admin/members/\(member)", "admin/teams/\(team)", "admin/members/x", "admin/teams/x"] {
                try await stranger.get(path).expect(404, "not_found")
                try await stranger.patch(path, ["name": "x"]).expect(404)
                try await stranger.delete(path).expect(404)
            }
            #expect(try await stranger.get("admin/members")["data"] == [])
            #expect(try await stranger.get("admin/teams")["data"] == [])
            let answer = try await stranger.post(
                "admin/teams", ["name": "T", "member_ids": .array([.string(member)])]
            ).expect(422, "validation_failed")
            #expect(answer.errors == ["/member_ids/0 unknown_member"])
        }
    }
}
