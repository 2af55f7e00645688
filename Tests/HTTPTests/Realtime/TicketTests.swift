import AlmanacRuntime
import HTTPTypes
import TenantActors
import Testing

@testable import HTTP
@testable import Server

@Suite struct TicketTests {
    /// The principal a WebSocket handshake would be taken for, or the status it would be refused with.
    private func admit(_ test: TestServer, _ query: String, token: String? = nil) async -> String {
        var head = HTTPRequest(method: .get, scheme: "http", authority: "test", path: "/api/v1/realtime" + query)
        if let token { head.headerFields[.authorization] = "Bearer \(token)" }
        switch await test.authorizer.principal(head) {
        case .success(let principal): return principal.credential
        case .failure(let refusal): return String(refusal.head.status.code)
        }
    }

    @Test func aTicketStandsForItsCredentialOnce() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let answer = try await tenant.post("realtime/tickets").expect(201)
            #expect(answer["expires_at"] == "2026-11-01T12:01:00Z")
            #expect(answer.headers[.cacheControl] == "no-store")
            let ticket = try #require(answer["ticket"]?.string)
            #expect(await admit(test, "?ticket=\(ticket)").hasPrefix("api_key:"))
            #expect(await admit(test, "?ticket=\(ticket)") == "401")
            #expect(await admit(test, "?ticket=nonsense") == "401")
            #expect(await admit(test, "?ticket=") == "401")
        }
    }

    @Test func aTicketEndsAfterAMinute() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let ticket = try #require(try await tenant.post("realtime/tickets")["ticket"]?.string)
            test.clock.advance(seconds: 60)
            #expect(await admit(test, "?ticket=\(ticket)") == "401")
        }
    }

    @Test func aTicketEndsWithItsCredential() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let keys = try await tenant.get("admin/api-keys")
            let scoped = try await tenant.scoped("calendars:read")
            let ticket = try #require(try await scoped.post("realtime/tickets")["ticket"]?.string)
            let known = Set((keys["data"]?.array ?? []).compactMap { $0["id"]?.string })
            let id = try #require(
                try await tenant.get("admin/api-keys")["data"]?.array?.compactMap { $0["id"]?.string }
                    .first { !known.contains($0) })
            try await tenant.delete("admin/api-keys/\(id)").expect(204)
            #expect(await admit(test, "?ticket=\(ticket)") == "401")
        }
    }

    @Test func aTicketWantsTheScopeAndNoBody() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            try await test.anonymous.post("realtime/tickets").expect(401)
            try await tenant.scoped("contacts:read").post("realtime/tickets").expect(403, "insufficient_scope")
            #expect(try await tenant.post("realtime/tickets", ["x": 1]).expect(422).errors == ["/x unknown_field"])
            try await tenant.post("realtime/tickets", [:]).expect(201)
        }
    }

    @Test func aHandshakeWithoutAGoodCredentialIsRefused() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            #expect(await admit(test, "") == "401")
            #expect(await admit(test, "", token: "alm_live_nothing") == "401")
            #expect(await admit(test, "", token: try await tenant.scoped("contacts:read").token) == "403")
            #expect(await admit(test, "", token: tenant.token).hasPrefix("api_key:"))
        }
    }

    @Test func aRequestThatIsNoHandshakeIsToldSo() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let answer = try await tenant.get("realtime").expect(426, "upgrade_required")
            #expect(answer.headers[.upgrade] == "websocket")
            try await test.anonymous.get("realtime").expect(401)
        }
    }
}
