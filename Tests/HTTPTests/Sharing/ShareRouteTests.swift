@testable import SQL
@testable import JSON
import AlmanacRuntime
import Scheduling
import TenantActors
import Testing

@testable import HTTP

@Suite struct ShareRouteTests {
    @Test func aShareIsMadeReadListedAndTakenBack() async throws {
        try await TestServer.run { test in
            let fixture = try await SharingFixture(test)
            let made = try await fixture.give("book", to: "member", "bob", ["expires_at": "2026-11-05T12:00:00+02:00"])
                .expect(201)
            let id = try #require(made["id"]?.string)
            let path = "\(fixture.path)/shares/\(id)"
            #expect(made.location == "/api/v1/\(path)")
            #expect(made["calendar_id"]?.string == fixture.calendar)
            #expect(made["grantee_type"] == "member" && made["grantee_id"] == "bob" && made["permission"] == "book")
            #expect(made["expires_at"] == "2026-11-05T10:00:00Z" && made["secret"] == nil)
            let got = try await fixture.ada.get(path).expect(200)
            #expect(got.json == made.json && got.etag == made.etag)
            try await fixture.ada.get(path, headers: ["If-None-Match": try #require(got.etag)]).expect(304)
            let second = try await fixture.give("view", to: "organization", nil).expect(201)
            let page = try await fixture.ada.get("\(fixture.path)/shares?limit=1").expect(200)
            #expect(page["data"] == .array([made.json]))
            let cursor = try #require(page["next_cursor"]?.string)
            let next = try await fixture.ada.get("\(fixture.path)/shares?cursor=\(cursor)").expect(200)
            #expect(next["data"] == .array([second.json]) && next["next_cursor"] == .null)
            try await fixture.ada.get("\(fixture.path)/shares?limit=0").expect(422, "invalid_query")
            try await fixture.ada.delete(path, headers: ["If-Match": "\"x\""]).expect(412)
            try await fixture.ada.delete(path, headers: ["If-Match": try #require(got.etag)]).expect(204)
            for answer in [try await fixture.ada.get(path), try await fixture.ada.delete(path)] {
                answer.expect(404, "not_found")
            }
            try await fixture.ada.get("\(fixture.path)/shares/none").expect(404)
            try await fixture.ada.delete("\(fixture.path)/shares/none").expect(404)
            // A calendar that was loaded anew has the same.
            try await test.evict(fixture.calendar)
            #expect(try await fixture.ada.get("\(fixture.path)/shares")["data"] == .array([second.json]))
        }
    }

    @Test(
        arguments: [
            ([:], ["/grantee_type required", "/permission required"]),
            (["grantee_type": "all", "permission": "view"], ["/grantee_type invalid_value"]),
            (["grantee_type": "member", "permission": "view"], ["/grantee_id required"]),
            (["grantee_type": "member", "grantee_id": "", "permission": "view"], ["/grantee_id too_short"]),
            (
                ["grantee_type": "member", "grantee_id": "01a203bd-a020-70bf-b6e6-e92e29387749", "permission": "view"],
                ["/grantee_id unknown_grantee"]
            ),
            (["grantee_type": "team", "grantee_id": "x", "permission": "view"], ["/grantee_id invalid_id"]),
            (
                ["grantee_type": "team", "grantee_id": "01a203bd-a020-70bf-b6e6-e92e29387749", "permission": "view"],
                ["/grantee_id unknown_grantee"]
            ),
            (
                [
                    "grantee_type": "organization", "grantee_id": "01a203bd-a020-70bf-b6e6-e92e29387749",
                    "permission": "view",
                ],
                ["/grantee_id unknown_grantee"]
            ),
            (["grantee_type": "link", "grantee_id": "bob", "permission": "view"], ["/grantee_id not_for_links"]),
            (["grantee_type": "link", "permission": "edit"], ["/permission not_for_links"]),
            (["grantee_type": "link", "permission": "manage"], ["/permission not_for_links"]),
            (["grantee_type": "member", "grantee_id": "bob", "permission": "own"], ["/permission invalid_value"]),
            (
                ["grantee_type": "organization", "permission": "view", "expires_at": "2026-11-01T12:00:00Z"],
                ["/expires_at in_the_past"]
            ),
            (
                ["grantee_type": "organization", "permission": "view", "expires_at": "2026-11-02"],
                ["/expires_at invalid_instant"]
            ),
            (["grantee_type": "organization", "permission": "view", "colour": 1], ["/colour unknown_field"]),
        ] as [(JSON, [String])])
    func whatIsWrongIsNamed(body: JSON, errors: [String]) async throws {
        try await TestServer.run { test in
            let fixture = try await SharingFixture(test)
            let before = try await test.rowCounts()
            let answer = try await fixture.ada.post("\(fixture.path)/shares", body).expect(422, "validation_failed")
            #expect(answer.errors == errors)
            #expect(try await test.rowCounts() == before)
        }
    }

    @Test func whoIsOfAnotherTenantIsUnknown() async throws {
        try await TestServer.run { test in
            let fixture = try await SharingFixture(test)
            let other = try await SharingFixture(test)
            let stranger = try await other.member("Stranger", ["subject": "stranger"])
            let team = try await other.team(stranger)
            for (type, id) in [("member", stranger), ("team", team), ("organization", other.tenant.organization)] {
                let answer = try await fixture.give("view", to: type, id).expect(422, "validation_failed")
                #expect(answer.errors == ["/grantee_id unknown_grantee"])
            }
            let share = try await fixture.give("view").expect(201)
            let shareID = try #require(share["id"]?.string)
            for client in [other.tenant, other.ada, other.bob] {
                try await client.get("\(fixture.path)/shares").expect(404)
                try await client.get("\(fixture.path)/shares/\(shareID)").expect(404)
                try await client.delete("\(fixture.path)/shares/\(shareID)").expect(404)
                try await client.post(
                    "\(fixture.path)/shares", ["grantee_type": "organization", "permission": "view"]
                ).expect(404)
            }
            // A subject of the same name is another one's.
            try await other.bob.get(fixture.path).expect(404)
            try await fixture.bob.get(fixture.path).expect(200)
            // The own organization may be named.
            try await fixture.give("view", to: "organization", fixture.tenant.organization).expect(201)
        }
    }

    @Test func nobodyHasACalendarTwiceUntilItsTimeIsUp() async throws {
        try await TestServer.run { test in
            let fixture = try await SharingFixture(test)
            let bob = try await fixture.member("Bob", ["subject": "bob"])
            let team = try await fixture.team(bob)
            try await fixture.give("view", to: "member", "bob", ["expires_at": "2026-11-01T13:00:00Z"]).expect(201)
            try await fixture.give("view", to: "team", team).expect(201)
            try await fixture.give("view", to: "organization", nil).expect(201)
            for (type, id) in [("member", "bob"), ("member", bob), ("team", team), ("organization", nil)]
                as [(String, String?)]
            {
                let answer = try await fixture.give("book", to: type, id).expect(409, "duplicate_share")
                #expect(answer.errors == ["/grantee_id duplicate_share"])
            }
            // Links are told apart by their secrets.
            try await fixture.give("view", to: "link", nil).expect(201)
            try await fixture.give("view", to: "link", nil).expect(201)
            test.clock.advance(seconds: 3_600)
            let again = try await fixture.give("book", to: "member", bob).expect(201)
            #expect(again["grantee_id"]?.string == bob)
            let shares = try await fixture.ada.get("\(fixture.path)/shares")["data"]?.array ?? []
            #expect(shares.count { $0["grantee_type"] == "member" } == 1)
            try await fixture.bob.hold(fixture.calendar).expect(201)
        }
    }

    @Test func aRepeatedRequestIsAnsweredAsTheFirstTime() async throws {
        try await TestServer.run { test in
            let fixture = try await SharingFixture(test)
            let link: JSON = ["grantee_type": "link", "permission": "view"]
            let first = try await fixture.ada.post("\(fixture.path)/shares", link, key: "k").expect(201)
            let again = try await fixture.ada.post("\(fixture.path)/shares", link, key: "k").expect(201)
            #expect(again.isReplay && !first.isReplay && again.bytes == first.bytes)
            #expect(again.location == first.location && again.etag == first.etag)
            #expect(try await fixture.ada.get("\(fixture.path)/shares")["data"]?.array?.count == 1)
            let other = link.with(["permission": "book"])
            try await fixture.ada.post("\(fixture.path)/shares", other, key: "k").expect(422, "idempotency_key_reused")
            // Kept answers are sealed: the secret is not in the record.
            let secret = try #require(first["secret"]?.string)
            for row in try await test.query("SELECT response FROM idempotency_keys WHERE response IS NOT NULL") {
                #expect(!String(decoding: try row.bytes(0), as: UTF8.self).contains(secret))
            }
        }
    }

    @Test func eachChangeIsAnEventAndAnEntryInTheLog() async throws {
        try await TestServer.run { test in
            let fixture = try await SharingFixture(test)
            let version = try await fixture.ada.get(fixture.path)["version"]
            let share = try #require(try await fixture.give("view").expect(201)["id"]?.string)
            try await fixture.ada.delete("\(fixture.path)/shares/\(share)").expect(204)
            let events = try await test.query("SELECT type, payload FROM events ORDER BY seq")
            #expect(try events.map { try $0.text(0) } == ["calendar.updated", "calendar.updated"])
            for event in events {
                let payload = try event.json(1)
                #expect(payload["calendar_id"]?.string == fixture.calendar && payload["changed"] == ["shares"])
            }
            let log = try await test.query("SELECT action, principal FROM audit_log ORDER BY at, id")
            let actions = try log.map { "\(try $0.text(0)) \(try $0.text(1))" }
            #expect(actions.suffix(2) == ["calendar_share.create jwt:ada", "calendar_share.delete jwt:ada"])
            // It is no change of the settings.
            #expect(try await fixture.ada.get(fixture.path)["version"] == version)
        }
    }

    @Test func aShareEndsAtItsInstant() async throws {
        try await TestServer.run { test in
            let fixture = try await SharingFixture(test)
            try await fixture.give("manage", to: "member", "bob", ["expires_at": "2026-11-01T12:01:00Z"]).expect(201)
            test.clock.advance(seconds: 59)
            try await fixture.bob.get("\(fixture.path)/shares").expect(200)
            #expect(try await fixture.bob.get("calendars")["data"]?.array?.count == 1)
            test.clock.advance(seconds: 1)
            try await fixture.bob.get(fixture.path).expect(404, "not_found")
            try await fixture.bob.availability(fixture.calendar).expect(404)
            #expect(try await fixture.bob.get("calendars")["data"] == [])
        }
    }

    @Test func settingsAndSharesChangedAtOnceAreBothKept() async throws {
        try await TestServer.run { test in
            let fixture = try await SharingFixture(test)
            let (path, ada) = (fixture.path, fixture.ada)
            _ = try await parallel(24) { index in
                if index.isMultiple(of: 2) {
                    let name: JSON = ["name": .string("N\(index)")]
                    try await ada.patch(path, name).expect(200)
                } else {
                    let body: JSON = [
                        "grantee_type": "member", "grantee_id": .string("m\(index)"), "permission": "view",
                    ]
                    try await ada.post("\(path)/shares", body).expect(201)
                }
            }
            #expect(try await ada.get("\(path)/shares")["data"]?.array?.count == 12)
            #expect(try await ada.get(path)["version"] == 13)
            try await test.evict(fixture.calendar)
            #expect(try await ada.get("\(path)/shares")["data"]?.array?.count == 12)
        }
    }
}
