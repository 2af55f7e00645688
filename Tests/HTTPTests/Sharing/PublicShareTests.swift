@testable import SQL
@testable import JSON
import AlmanacRuntime
import HTTPTypes
import Scheduling
import TenantActors
import Testing

@testable import HTTP

/// Calendars for whoever knows a secret.
@Suite struct PublicShareTests {
    private func link(_ fixture: SharingFixture, _ permission: String, _ more: JSON = [:]) async throws -> Answer {
        try await fixture.give(permission, to: "link", nil, more).expect(201)
    }

    private let range = "availability?from=2026-11-02&to=2026-11-02"

    @Test func aSecretShowsTheCalendarAndItsTimes() async throws {
        try await TestServer.run(settings: ["public.url": "https://book.example.com/"]) { test in
            let fixture = try await SharingFixture(
                test, ["description": "Check-ups", "location": "12 Quay Street", "owner": ["email": "ada@example.com"]])
            for permission in ["view_free_busy", "view", "book"] {
                let made = try await link(fixture, permission)
                let secret = try #require(made["secret"]?.string)
                #expect(made["url"]?.string == "https://book.example.com/api/v1/public/shares/\(secret)")
                #expect(made.headers[.cacheControl] == "no-store")
                let shareID = try #require(made["id"]?.string)
                let kept = try await fixture.ada.get("\(fixture.path)/shares/\(shareID)").expect(200)
                #expect(kept["secret"] == nil && kept["url"] == nil && !kept.text.contains(secret))
                let shown = try await test.anonymous.get("public/shares/\(secret)").expect(200)
                #expect(shown["permission"]?.string == permission && shown["expires_at"] == .null)
                #expect(shown["calendar"]?["name"] == "Dr. Okafor" && !shown.text.contains("ada"))
                let isHidden = permission == "view_free_busy"
                #expect(shown["calendar"]?["location"] == (isHidden ? .null : "12 Quay Street"))
                #expect(shown["calendar"]?["description"] == (isHidden ? .null : "Check-ups"))
                let times = try await test.anonymous.get("public/shares/\(secret)/\(range)").expect(200)
                #expect(times.bytes == (try await fixture.ada.availability(fixture.calendar)).bytes)
                let tag = ["If-None-Match": try #require(times.etag)]
                try await test.anonymous.get("public/shares/\(secret)/\(range)", headers: tag).expect(304)
                try await test.anonymous.get("public/shares/\(secret)/availability").expect(422, "invalid_query")
            }
            // What is kept is a hash.
            for row in try await test.query("SELECT secret_hash FROM calendar_shares") {
                #expect(try row.bytes(0).count == 32)
            }
        }
    }

    @Test func whateverHasEndedIsNotThereAllAlike() async throws {
        try await TestServer.run { test in
            let fixture = try await SharingFixture(test)
            var secrets: [String] = ["shr_" + String(repeating: "A", count: 32), "x", "%20", "shr_"]
            func open(_ made: Answer) async throws -> String {
                let secret = try #require(made["secret"]?.string)
                try await test.anonymous.get("public/shares/\(secret)").expect(200)
                try await test.anonymous.get("public/shares/\(secret)/\(range)").expect(200)
                return secret
            }
            let revoked = try await link(fixture, "view")
            secrets.append(try await open(revoked))
            try await fixture.ada.delete("\(fixture.path)/shares/\(try #require(revoked["id"]?.string))").expect(204)
            secrets.append(try await open(link(fixture, "view", ["expires_at": "2026-11-01T12:01:00Z"])))
            test.clock.advance(seconds: 60)
            let ended = try await SharingFixture(test)
            secrets.append(try await open(link(ended, "view")))
            try await ended.ada.delete(ended.path).expect(204)
            let gone = try await SharingFixture(test)
            secrets.append(try await open(link(gone, "view")))
            try await test.platform.delete("platform/organizations/\(gone.tenant.organization)").expect(204)
            for secret in secrets {
                for path in ["", "/" + range] {
                    let answer = try await test.anonymous.get("public/shares/\(secret)\(path)").expect(404, "not_found")
                    #expect(answer["detail"] == "There is no such share.")
                }
            }
        }
    }

    @Test func aSecretIsNoCredentialElsewhere() async throws {
        try await TestServer.run { test in
            let fixture = try await SharingFixture(test)
            let secret = try #require(try await link(fixture, "book")["secret"]?.string)
            let client = Client(test: test, token: secret)
            try await client.get(fixture.path).expect(401)
            try await client.availability(fixture.calendar).expect(401)
            try await client.hold(fixture.calendar).expect(401)
        }
    }
}
