@testable import JSON
import AlmanacRuntime
import HTTPTypes
import Testing

@Suite struct CredentialTests {
    /// Every documented operation but those that need no credential: method, path, scope.
    static var operations: [(method: HTTPRequest.Method, path: String, scope: String)] {
        var all: [(HTTPRequest.Method, String, String)] = []
        for (path, item) in ContractCheck.document["paths"]?.object ?? JSONObject() {
            for (name, operation) in item.object ?? JSONObject() {
                guard let scope = operation["x-scope"]?.string, scope != "none" else { continue }
                let concrete = path.replacing("{id}", with: "01a158a5-723b-7a94-9c0d-51e8f3b7d206")
                    .replacing("{hold_token}", with: "token")
                    .replacing(#/\{[a-z]+_id\}/#, with: "01a158a5-723b-7a94-9c0d-51e8f3b7d206")
                    .replacing("{secret}", with: "shr_x")
                if let method = HTTPRequest.Method(name.uppercased()) { all.append((method, concrete, scope)) }
            }
        }
        return all
    }

    private func send(_ client: Client, _ method: HTTPRequest.Method, _ path: String) async throws -> Answer {
        try await client.send(method, path, [.post, .put, .patch].contains(method) ? [:] : nil)
    }

    @Test func everyRouteRefusesAMissingOrWorthlessCredential() async throws {
        try await TestServer.run { test in
            let junk: [String?] = [
                nil, "", "alm_live_", "alm_live_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "nonsense", "a.b.c", "null",
                "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.", String(repeating: "x", count: 10_000), "\u{e9}\u{fc}",
            ]
            for (method, path, scope) in Self.operations {
                for token in junk {
                    try await send(Client(test: test, token: token), method, path).expect(401, "unauthorized")
                }
                if scope == "operator" {
                    try await send(try await test.tenant(), method, path).expect(401, "unauthorized")
                } else {
                    try await send(test.platform, method, path).expect(401, "unauthorized")
                }
            }
        }
    }

    @Test func everyRouteRefusesAKeyThatLacksItsScope() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let all = ContractCheck.document["components"]?["schemas"]?["Scope"]?["enum"]?.array ?? []
            for (method, path, scope) in Self.operations where scope != "operator" {
                let others = all.filter { $0 != .string(scope) }
                let key = try await tenant.post("admin/api-keys", ["name": "almost", "scopes": .array(others)])
                let client = Client(test: test, token: try #require(key["api_key"]?.string))
                let answer = try await send(client, method, path).expect(403, "insufficient_scope")
                #expect(answer["detail"]?.string?.contains(scope) == true, "\(method) \(path)")
                let only = try await tenant.scoped(scope)
                #expect(try await ![401, 403].contains(send(only, method, path).status), "\(method) \(path)")
            }
        }
    }

    @Test(arguments: ["bearer", "Bearer", "BEARER"])
    func theSchemeIsNotCaseSensitive(scheme: String) async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let token = try #require(tenant.token)
            try await test.anonymous.get("calendars", headers: ["Authorization": "\(scheme) \(token)"]).expect(200)
            try await test.anonymous.get("calendars", headers: ["Authorization": "Basic \(token)"]).expect(401)
            try await test.anonymous.get("calendars", headers: ["Authorization": token]).expect(401)
        }
    }

    @Test func aTokenActsWithinItsScopesUntilItExpires() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let reader = try await tenant.member("ada", ["calendars:read", "calendars:all"])
            try await reader.get("calendars/\(calendar)").expect(200)
            try await reader.delete("calendars/\(calendar)").expect(403, "insufficient_scope")
            let old = try await tenant.member("ada", ["calendars:read", "calendars:all"], lifetime: -60)
            try await old.get("calendars/\(calendar)").expect(401, "unauthorized")
            let forged = Client(test: test, token: String(try #require(reader.token).dropLast(4)) + "AAAA")
            try await forged.get("calendars/\(calendar)").expect(401)
        }
    }

    @Test func aTokenOfADeletedOrUnknownOrganizationIsRefused() async throws {
        try await TestServer.run { test in
            var tenant = try await test.tenant()
            let member = try await tenant.member("ada", ["calendars:read", "calendars:all"])
            try await member.get("calendars").expect(200)
            try await test.platform.delete("platform/organizations/\(tenant.organization)").expect(204)
            try await member.get("calendars").expect(401)
            try await tenant.get("calendars").expect(401)
            tenant.organization = "01a158a5-723b-7a94-9c0d-51e8f3b7d206"
            try await tenant.member("ada", ["calendars:read"]).get("calendars").expect(401)
        }
    }

    @Test func aSubjectWithoutCalendarsAllSeesOnlyItsOwn() async throws {
        try await TestServer.run { test in
            let scopes = ["calendars:read", "calendars:write", "appointments:read", "appointments:write"]
            let tenant = try await test.tenant()
            let other = try await tenant.calendar(["name": "Someone else's"])
            let ada = try await tenant.member("ada", scopes)
            let hers = try await ada.calendar(["name": "Hers"])
            #expect(try await ada.get("calendars/\(hers)")["owner"]?["member_id"] == "ada")
            #expect(try await ada.get("calendars")["data"]?.array?.compactMap { $0["id"]?.string } == [hers])
            let foreign = try #require(try await tenant.book(other).expect(201)["id"]?.string)
            for path in ["calendars/\(other)", "appointments/\(foreign)"] { try await ada.get(path).expect(404) }
            try await ada.availability(other).expect(404)
            try await ada.explain(other, at: Fixture.slot).expect(404)
            try await ada.book(other, "2026-11-02T10:00:00Z").expect(404)
            try await ada.hold(other, "2026-11-02T10:00:00Z").expect(404)
            try await ada.cancel(foreign).expect(404)
            try await ada.patch("appointments/\(foreign)", ["title": "x"]).expect(404)
            try await ada.patch("calendars/\(other)", ["name": "x"]).expect(404)
            try await ada.delete("calendars/\(other)").expect(404)
            let own = try await ada.book(hers).expect(201)
            #expect(try await ada.get("appointments")["data"]?.array?.compactMap { $0["id"] } == [own["id"]])
        }
    }

    @Test func aSubjectThatReplacesItsCalendarWithoutAnOwnerKeepsIt() async throws {
        try await TestServer.run { test in
            let ada = try await test.tenant().member("ada", ["calendars:read", "calendars:write"])
            let calendar = try await ada.calendar()
            try await ada.put("calendars/\(calendar)", ["name": "Hers", "timezone": "UTC"]).expect(200)
            try await ada.patch("calendars/\(calendar)", ["owner": nil]).expect(200)
            #expect(try await ada.get("calendars/\(calendar)").expect(200)["owner"]?["member_id"] == "ada")
        }
    }
}
