@testable import JSON
@testable import SQL
import AlmanacRuntime
import HTTPTypes
import Scheduling
import TenantActors
import Testing

@testable import HTTP
@testable import Server

@Suite struct TicketTests {
    /// The principal a WebSocket handshake would be taken for, or the status it would be refused with.
    private func admit(_ test: TestServer, _ query: String, token: String? = nil) async -> String {
        var head = HTTPRequest(method: .get, scheme: "http", authority: "test", path: "/api/v1/realtime" + query)
        if let token { head.headerFields[.authorization] = "Bearer \(token)" }
        do {
            return try await test.authorizer.principal(head).credential
        } catch {
            return String(test.authorizer.answer(to: error).head.status.code)
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

    @Test func aKeyGivesTheSameTicketAgain() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let first = try await tenant.post("realtime/tickets", key: "k").expect(201)
            let again = try await tenant.post("realtime/tickets", [:], key: "k").expect(201)
            #expect(again.bytes == first.bytes && again.isReplay && !first.isReplay)
            #expect(again.headers[.cacheControl] == "no-store")
            #expect(try await tenant.post("realtime/tickets", key: "other").expect(201).bytes != first.bytes)
            // Another credential's key is another.
            let scoped = try await tenant.scoped("calendars:read")
            #expect(try await scoped.post("realtime/tickets", key: "k").expect(201).bytes != first.bytes)
            try await tenant.post("realtime/tickets", key: "a key").expect(422)
            let ticket = try #require(first["ticket"]?.string)
            #expect(await admit(test, "?ticket=\(ticket)").hasPrefix("api_key:"))
            #expect(await admit(test, "?ticket=\(ticket)") == "401")
            // The answer stands, and the secret is nowhere to be read.
            #expect(try await tenant.post("realtime/tickets", key: "k").expect(201).bytes == first.bytes)
            let kept = try await test.query("SELECT response FROM idempotency_keys WHERE key = 'k'")
            for row in kept { #expect(try row.bytes(0).firstRange(of: Array(ticket.utf8)) == nil) }
            test.clock.advance(seconds: 24 * 3_600)
            #expect(try await tenant.post("realtime/tickets", key: "k").expect(201).bytes != first.bytes)
        }
    }

    @Test func ofManyWithOneKeyThereIsOneTicket() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let answers = try await parallel(20) { _ in try await tenant.post("realtime/tickets", key: "k") }
            let made = answers.filter { $0.status == 201 }
            #expect(!made.isEmpty && Set(made.map(\.bytes)).count == 1)
            #expect(answers.allSatisfy { $0.status == 201 || $0.code == "idempotency_in_progress" })
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

    /// However many one organization has, the others get theirs.
    @Test func oneOrganizationLocksNoOtherOut() async throws {
        let settings = ["realtime.max_tickets": "10", "realtime.max_tickets_per_organization": "4"]
        try await TestServer.run(settings: settings) { test in
            let (tenant, other) = (try await test.tenant(), try await test.tenant("Other"))
            var tickets: [String] = []
            for _ in 0..<4 {
                tickets.append(try #require(try await tenant.post("realtime/tickets").expect(201)["ticket"]?.string))
            }
            let refused = try await tenant.post("realtime/tickets").expect(429, "too_many_tickets")
            #expect(refused.retryAfter == "60")
            // Whichever of its credentials asks.
            try await tenant.scoped("calendars:read").post("realtime/tickets").expect(429)
            for _ in 0..<4 { try await other.post("realtime/tickets").expect(201) }
            // A used one makes room, and so does the clock.
            #expect(await admit(test, "?ticket=\(tickets[0])").hasPrefix("api_key:"))
            #expect(await admit(test, "?ticket=\(tickets[0])") == "401", "it makes room once")
            try await tenant.post("realtime/tickets").expect(201)
            try await tenant.post("realtime/tickets").expect(429)
            test.clock.advance(seconds: 60)
            for _ in 0..<4 { try await tenant.post("realtime/tickets").expect(201) }
        }
    }
}

@Suite struct TicketCountsTests {
    private let now = Instant(seconds: 1_000)
    private let organizations = (0..<4).map { ID(high: 1, low: $0) }

    private func add(_ counts: inout TicketCounts, _ organization: Int, at seconds: Int64 = 0) -> String {
        let start = now.adding(seconds: seconds)
        do throws(CommandError) {
            try counts.add(organizations[organization], until: start.adding(seconds: 60), now: start)
            return "counted"
        } catch {
            switch error {
            case .tooMany(let quota): return "\(quota.code) \(quota.retryAfterSeconds)"
            case .overloaded: return "overloaded"
            default: return "\(error)"
            }
        }
    }

    @Test func altogetherThereIsABoundToo() {
        var counts = TicketCounts(TicketLimits(all: 5, perOrganization: 2))
        for organization in [0, 0, 1, 1, 2] { #expect(add(&counts, organization) == "counted") }
        #expect(add(&counts, 3) == "overloaded")
        #expect(add(&counts, 0, at: 1) == "too_many_tickets 59")
        counts.remove(organizations[1])
        #expect(add(&counts, 3) == "counted")
        #expect(add(&counts, 3) == "overloaded" && counts.total == 5)
        // Time makes room, of whichever organization.
        #expect(add(&counts, 1, at: 60) == "counted")
        #expect(add(&counts, 1, at: 60) == "counted" && counts.total <= 5)
        #expect(add(&counts, 1, at: 60) == "too_many_tickets 60")
        for organization in organizations { for _ in 0..<9 { counts.remove(organization) } }
        #expect(counts.total == 0)
    }
}
