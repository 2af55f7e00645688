@testable import SQL
@testable import JSON
import AlmanacRuntime
import HTTPTypes
import Server
import TenantActors
import Testing

@Suite struct KeyTests {
    private func make(_ client: Client, _ scopes: [String], _ fields: JSON = [:]) async throws -> Answer {
        let body: JSON = ["name": "k", "scopes": .array(scopes.map { .string($0) })]
        return try await client.post("admin/api-keys", body.with(fields))
    }

    private func client(_ answer: Answer, like tenant: Client) throws -> Client {
        Client(test: tenant.test, token: try #require(answer["api_key"]?.string), organization: tenant.organization)
    }

    private func ids(_ tenant: Client) async throws -> [String] {
        (try await tenant.get("admin/api-keys").expect(200)["data"]?.array ?? []).compactMap { $0["id"]?.string }
    }

    @Test func nobodyHandsOnAScopeThatItLacks() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let key = try client(try await make(tenant, ["admin", "calendars:read"]).expect(201), like: tenant)
            let token = try await tenant.member("ada", ["admin", "calendars:read"])
            for minter in [key, token] {
                let before = try await test.rowCounts()
                for (scopes, missing) in [
                    (["contacts:read"], "contacts:read"), (["admin", "calendars:write"], "calendars:write"),
                    (["calendars:all", "calendars:read"], "calendars:all"),
                ] {
                    let refused = try await make(minter, scopes).expect(403, "insufficient_scope")
                    #expect(refused["detail"]?.string?.contains(missing) == true)
                    #expect(refused.headers[.wwwAuthenticate]?.contains("scope=\"\(missing)\"") == true)
                }
                #expect(try await test.rowCounts() == before)
                try await make(minter, ["admin", "calendars:read"]).expect(201)
                try await make(minter, ["calendars:read"]).expect(201)
            }
        }
    }

    @Test func theLastAdminKeyStays() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let first = try #require(try await ids(tenant).first)
            let reader = try #require(try await make(tenant, ["calendars:read"]).expect(201)["id"]?.string)
            try await tenant.delete("admin/api-keys/\(first)").expect(409, "last_admin_key")
            try await tenant.get("admin/api-keys").expect(200)
            try await tenant.delete("admin/api-keys/\(reader)").expect(204)
            try await tenant.delete("admin/api-keys/\(reader)").expect(404)
            let second = try await make(tenant, ["admin"]).expect(201)
            try await tenant.delete("admin/api-keys/\(first)").expect(204)
            let next = try client(second, like: tenant)
            try await next.delete("admin/api-keys/\(second["id"]!.string!)").expect(409, "last_admin_key")
            // Another organization's do not count, and are not there.
            let other = try await test.tenant("Other")
            try await other.delete("admin/api-keys/\(second["id"]!.string!)").expect(404)
        }
    }

    @Test func aTokenCannotDeleteItEither() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let first = try #require(try await ids(tenant).first)
            try await tenant.member("ada", ["admin"]).delete("admin/api-keys/\(first)").expect(409, "last_admin_key")
        }
    }

    @Test func oneThatHasEndedDoesNotCount() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let first = try #require(try await ids(tenant).first)
            let brief = try await make(tenant, ["admin"], ["expires_at": "2026-11-01T12:10:00Z"]).expect(201)
            test.clock.advance(seconds: 600)
            try await tenant.delete("admin/api-keys/\(first)").expect(409, "last_admin_key")
            // It may go itself: nobody can use it.
            try await tenant.delete("admin/api-keys/\(brief["id"]!.string!)").expect(204)
        }
    }

    @Test func ofTwoThatGoAtTheSameTimeOneStays() async throws {
        try await TestServer.run { test in
            for round in 0..<6 {
                let tenant = try await test.tenant("Round \(round)")
                let second = try await make(tenant, ["admin"]).expect(201)
                let third = try client(try await make(tenant, ["admin"]).expect(201), like: tenant)
                let all = try await ids(tenant)
                let statuses = try await parallel(3) { index in
                    let clients = [tenant, try client(second, like: tenant), third]
                    return try await clients[(index + 1) % 3].delete("admin/api-keys/\(all[index])").status
                }
                #expect(statuses.count { $0 == 204 } <= 2, "\(statuses)")
                let left = try await test.query("SELECT COUNT(*) FROM api_keys WHERE revoked_at IS NULL")
                #expect(try left.first?.int(0) == round + 1, "one of each organization: \(statuses)")
            }
        }
    }

    @Test func aKeyEndsByItself() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let answer = try await make(tenant, ["calendars:read"], ["expires_at": "2026-11-01T13:10:00+01:00"]).expect(
                201)
            #expect(answer["expires_at"] == "2026-11-01T12:10:00Z")
            let brief = try client(answer, like: tenant)
            try await brief.get("calendars").expect(200)
            test.clock.advance(seconds: 599)
            try await brief.get("calendars").expect(200)
            test.clock.advance(seconds: 1)
            try await brief.get("calendars").expect(401, "unauthorized")
            test.server.tenants.keys.forgetAll()
            try await brief.get("calendars").expect(401, "unauthorized")
            let listed = try await tenant.get("admin/api-keys")["data"]?.array?.compactMap { $0["expires_at"] }
            #expect(listed == [.null, "2026-11-01T12:10:00Z"])
        }
    }

    @Test(arguments: ["2026-11-01T12:00:00Z", "2020-01-01T00:00:00Z", "2026-11-02", "soon", ""])
    func anEndThatIsNoneIsRefused(end: String) async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let refused = try await make(tenant, ["admin"], ["expires_at": .string(end)]).expect(422)
            #expect(refused.errors.first?.hasPrefix("/expires_at ") == true)
            try await make(tenant, ["admin"], ["expires_at": nil]).expect(201)
        }
    }

    @Test func theOperatorMakesOne() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let path = "platform/organizations/\(tenant.organization)/api-keys"
            let answer = try await test.platform.post(path, ["name": "Recovery", "scopes": ["admin"]]).expect(201)
            #expect(answer["name"] == "Recovery" && answer["scopes"] == ["admin"])
            try await client(answer, like: tenant).get("admin/api-keys").expect(200)
            try await client(answer, like: tenant).get("calendars").expect(403)
            // Without a word it can do everything.
            let whole = try client(try await test.platform.post(path).expect(201), like: tenant)
            _ = try await whole.calendar()
            #expect(try await ids(tenant).count == 3)
            try await test.platform.post(path, ["scopes": []]).expect(422)
            try await test.platform.post(path, ["scopes": ["all"], "x": 1]).expect(422)
            try await test.platform.post(path, ["expires_at": "2020-01-01T00:00:00Z"]).expect(422)
            try await tenant.post(path, [:]).expect(401)
            try await test.platform.post("platform/organizations/01a158a5-723b-7a94-9c0d-51e8f3b7d206/api-keys").expect(
                404)
            let again = try await test.platform.post(path, ["name": "x"], key: "once").expect(201)
            #expect(try await test.platform.post(path, ["name": "x"], key: "once").expect(201).bytes == again.bytes)
            let audit = try await test.query(
                "SELECT COUNT(*) FROM audit_log WHERE action = 'api_key.create' AND principal = 'operator'")
            #expect(try audit.first?.int(0) == 3)
            try await test.platform.delete("platform/organizations/\(tenant.organization)").expect(204)
            try await test.platform.post(path).expect(404)
        }
    }

    @Test func theOperatorReadsThemAndNoSecret() async throws {
        try await TestServer.run { test in
            let (tenant, other) = (try await test.tenant(), try await test.tenant("Other"))
            let path = "platform/organizations/\(tenant.organization)/api-keys"
            let made = try await test.platform.post(path, ["name": "Recovery"]).expect(201)
            let id = try #require(made["id"]?.string)
            #expect(made.location == "/api/v1/\(path)/\(id)")
            let read = try await test.platform.get("\(path)/\(id)").expect(200)
            #expect(read.json == (try await tenant.get("admin/api-keys/\(id)").json))
            #expect(read["name"] == "Recovery" && read["api_key"] == nil)
            let all = try await test.platform.get(path).expect(200)
            #expect(all["data"] == (try await tenant.get("admin/api-keys"))["data"])
            let first = try await test.platform.get("\(path)?limit=1").expect(200)
            let cursor = try #require(first["next_cursor"]?.string)
            #expect(try await test.platform.get("\(path)?cursor=\(cursor)").expect(200)["data"] == [read.json])
            // Each organization's alone, and the operator's alone.
            let others = "platform/organizations/\(other.organization)/api-keys"
            try await test.platform.get("\(others)/\(id)").expect(404, "not_found")
            try await test.platform.get("\(others)?cursor=\(cursor)").expect(422, "invalid_cursor")
            try await test.platform.get("\(path)/nonsense").expect(404)
            try await tenant.get(path).expect(401)
            try await tenant.get("\(path)/\(id)").expect(401)
            try await test.platform.delete("platform/organizations/\(tenant.organization)").expect(204)
            try await test.platform.get(path).expect(404)
            try await test.platform.get("\(path)/\(id)").expect(404)
        }
    }
}
