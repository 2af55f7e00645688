@testable import JSON
import AlmanacRuntime
import Scheduling
import TenantActors
import Testing

@testable import HTTP

@Suite struct TeamRouteTests {
    @Test func aTeamIsMadeReadChangedListedAndDeleted() async throws {
        try await TestServer.run { test in
            let fixture = try await SharingFixture(test)
            let tenant = fixture.tenant
            let (ada, bob) = (try await fixture.member("Ada"), try await fixture.member("Bob"))
            let body: JSON = ["name": "Desk", "member_ids": .array([.string(bob), .string(ada), .string(bob)])]
            let made = try await tenant.post("admin/teams", body, key: "k").expect(201)
            let both: JSON = .array([.string(ada), .string(bob)])
            #expect(made["name"] == "Desk" && made["member_ids"] == both && made["version"] == 1)
            let id = try #require(made["id"]?.string)
            #expect(made.location == "/api/v1/admin/teams/\(id)")
            #expect(try await tenant.post("admin/teams", body, key: "k").expect(201).isReplay)
            let got = try await tenant.get("admin/teams/\(id)").expect(200)
            #expect(got.json == made.json)
            let tag = try #require(got.etag)
            try await tenant.get("admin/teams/\(id)", headers: ["If-None-Match": tag]).expect(304)
            try await tenant.patch("admin/teams/\(id)", ["name": "B"], headers: ["If-Match": "\"x\""]).expect(412)
            let renamed = try await tenant.patch(
                "admin/teams/\(id)", ["name": "Front desk"], headers: ["If-Match": tag]
            )
            .expect(200)
            #expect(renamed["member_ids"] == both && renamed["version"] == 2)
            let smaller = try await tenant.patch("admin/teams/\(id)", ["member_ids": .array([.string(bob)])]).expect(
                200)
            #expect(smaller["name"] == "Front desk" && smaller["member_ids"] == .array([.string(bob)]))
            let empty = try await tenant.post("admin/teams", ["name": "Empty"]).expect(201)
            #expect(empty["member_ids"] == [])
            let page = try await tenant.get("admin/teams?limit=1").expect(200)
            #expect(page["data"] == .array([smaller.json]))
            let cursor = try #require(page["next_cursor"]?.string)
            #expect(try await tenant.get("admin/teams?cursor=\(cursor)")["data"] == .array([empty.json]))
            // Who is deleted is in no team.
            try await tenant.delete("admin/members/\(bob)").expect(204)
            let left = try await tenant.get("admin/teams/\(id)").expect(200)
            #expect(left["member_ids"] == [] && left["version"] == 4)
            try await tenant.delete("admin/teams/\(id)", headers: ["If-Match": tag]).expect(412)
            try await tenant.delete("admin/teams/\(id)").expect(204)
            for answer in [
                try await tenant.get("admin/teams/\(id)"), try await tenant.delete("admin/teams/\(id)"),
                try await tenant.patch("admin/teams/\(id)", ["name": "x"]),
            ] { answer.expect(404, "not_found") }
        }
    }

    @Test(
        arguments: [
            ([:], ["/name required"]),
            (["name": "A", "member_ids": "x"], ["/member_ids type"]),
            (["name": "A", "member_ids": ["x", 1]], ["/member_ids/0 invalid_id", "/member_ids/1 invalid_id"]),
            (
                ["name": "A", "member_ids": ["01a203bd-a020-70bf-b6e6-e92e29387749"]], ["/member_ids/0 unknown_member"]
            ),
            (["name": "A", "lead": "x"], ["/lead unknown_field"]),
        ] as [(JSON, [String])])
    func whatIsWrongIsNamed(body: JSON, errors: [String]) async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            #expect(try await tenant.post("admin/teams", body).expect(422, "validation_failed").errors == errors)
            let id = try #require(try await tenant.post("admin/teams", ["name": "A"]).expect(201)["id"]?.string)
            if body["name"] != nil {
                let answer = try await tenant.patch("admin/teams/\(id)", body).expect(422, "validation_failed")
                #expect(answer.errors == errors)
            }
        }
    }
}
