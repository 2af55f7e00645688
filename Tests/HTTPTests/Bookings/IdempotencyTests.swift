@testable import SQL
@testable import JSON
import AlmanacRuntime
import HTTPTypes
import Testing

@Suite struct IdempotencyTests {
    @Test func everyCreatingRouteReplaysItsFirstAnswer() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let id = try #require(try await tenant.book(calendar, "2026-11-06T09:00:00Z").expect(201)["id"]?.string)
            let posts: [(Client, String, JSON, JSON)] = [
                (test.platform, "platform/organizations", ["name": "Keyed"], ["name": "Other"]),
                (tenant, "admin/api-keys", ["name": "Keyed", "scopes": ["admin"]], ["name": "Other"]),
                (tenant, "calendars", Fixture.calendar, ["name": "Other"]),
                (
                    tenant, "calendars/\(calendar)/holds", ["starts_at": "2026-11-03T09:00:00Z"],
                    ["duration_minutes": 30]
                ),
                (tenant, "appointments", Fixture.booking(calendar), ["title": "Other"]),
                (tenant, "appointments/\(id)/cancel", ["cancelled_by": "host"], ["reason": "Other"]),
            ]
            for (client, path, body, other) in posts {
                let first = try await client.post(path, body, key: "key-1")
                #expect([200, 201].contains(first.status), "\(path)")
                #expect(!first.isReplay)
                let before = try await test.rowCounts()
                test.clock.advance(seconds: 600)
                let again = try await client.post(path, body, key: "key-1")
                #expect(again.status == first.status)
                #expect(again.isReplay, "\(path)")
                #expect(again.bytes == first.bytes, "\(path)")
                #expect(again.location == first.location, "\(path)")
                #expect(again.etag == first.etag, "\(path)")
                #expect(again.type == first.type)
                let reused = try await client.post(path, body.with(other), key: "key-1").expect(
                    422, "idempotency_key_reused")
                #expect(reused.errors == ["/Idempotency-Key reused"])
                #expect(try await test.rowCounts() == before, "\(path)")
            }
        }
    }

    /// The same JSON value in other spellings, and values that only look the same.
    @Test func bodiesAreComparedAsValues() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["capacity": 9])
            func body(_ title: String, _ number: String, spaced: Bool = false, reversed: Bool = false) -> [UInt8] {
                var members = [
                    #""calendar_id":"\#(calendar)""#, #""starts_at":"\#(Fixture.slot)""#, #""title":"\#(title)""#,
                    #""contact":{"name":"Sam","email":"sam@example.com"}"#, #""duration_minutes":\#(number)"#,
                    #""metadata":{"b":[1,{"x":null}],"a":true}"#,
                ]
                if reversed {
                    members.reverse()
                    members[members.count - 4] = #""contact":{"email":"sam@example.com","name":"Sam"}"#
                    members[0] = #""metadata":{"a":true,"b":[1,{"x":null}]}"#
                }
                return Array(("{" + members.joined(separator: spaced ? " ,\r\n\t" : ",") + "}").utf8)
            }
            func post(_ bytes: [UInt8], _ key: String = "k") async throws -> Answer {
                try await tenant.send(.post, "appointments", key: key, raw: bytes)
            }
            let first = try await post(body("Caf\u{e9} / \u{1F600}", "30")).expect(201)
            let same = [
                body("Caf\\u00e9 \\/ \\ud83d\\ude00", "30"), body("Caf\\u00E9 / \u{1F600}", "30.0", spaced: true),
                body("\\u0043af\u{e9} / \u{1F600}", "3e1", reversed: true),
                body("Caf\u{e9} / \u{1F600}", "300E-1", spaced: true, reversed: true),
            ]
            for bytes in same {
                let again = try await post(bytes)
                #expect(again.isReplay && again.bytes == first.bytes, "\(String(decoding: bytes, as: UTF8.self))")
            }
            let other = [
                body("Cafe\u{301} / \u{1F600}", "30"), body("Caf\u{e9} / \u{1F600} ", "30"), body("Caf\u{e9}", "30"),
                body("Caf\u{e9} / \u{1F600}", #""30""#), body("Caf\u{e9} / \u{1F600}", "30.5"),
            ]
            for bytes in other {
                let answer = try await post(bytes)
                #expect(answer.status == 422, "\(String(decoding: bytes, as: UTF8.self))")
            }
            for bytes in other.prefix(3) { try await post(bytes).expect(422, "idempotency_key_reused") }
            #expect(try await test.query("SELECT count(*) FROM appointments").first?.int(0) == 1)
            // A key twice in one object is no JSON value.
            try await post(Array(#"{"calendar_id":"x","calendar_id":"x"}"#.utf8), "d").expect(400, "malformed_json")
        }
    }

    /// Earlier programs kept the hash of the bytes: after an upgrade the same request is still the same.
    @Test func aKeyThatAnEarlierProgramKeptIsReplayed() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["capacity": 9])
            let bytes = Array(
                #"{ "starts_at": "\#(Fixture.slot)", "contact": {"name":"Sam","email":"s@example.com"}, "calendar_id":"\#(calendar)" }"#
                    .utf8)
            let first = try await tenant.send(.post, "appointments", key: "k", raw: bytes).expect(201)
            let hex = Secrets.digest(bytes).map {
                String($0, radix: 16).count == 1 ? "0" + String($0, radix: 16) : String($0, radix: 16)
            }
            .joined()
            let literal = test.postgresURL == nil ? "x'\(hex)'" : "'\\x\(hex)'::bytea"
            try await test.execute("UPDATE idempotency_keys SET body_hash = \(literal)")
            let again = try await tenant.send(.post, "appointments", key: "k", raw: bytes).expect(201)
            #expect(again.isReplay && again.bytes == first.bytes)
            // In another spelling the old hash cannot tell: it is refused, never booked a second time.
            try await tenant.send(.post, "appointments", key: "k", raw: Array("\n".utf8) + bytes).expect(
                422, "idempotency_key_reused")
            #expect(try await test.query("SELECT count(*) FROM appointments").first?.int(0) == 1)
        }
    }

    @Test func aReplayIsTheFirstAnswerWhateverBecameOfIt() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["capacity": 2])
            let first = try await tenant.book(calendar, key: "k").expect(201)
            let id = try #require(first["id"]?.string)
            try await tenant.patch("appointments/\(id)", ["title": "Changed"]).expect(200)
            #expect(try await tenant.book(calendar, key: "k").bytes == first.bytes)
            try await tenant.cancel(id).expect(200)
            #expect(try await tenant.book(calendar, key: "k").bytes == first.bytes)
            try await test.evict(calendar)
            #expect(try await tenant.book(calendar, key: "k").bytes == first.bytes)
            for _ in 0..<2 { try await tenant.book(calendar).expect(201) }
            #expect(try await tenant.book(calendar, key: "k").bytes == first.bytes)
            try await tenant.patch("calendars/\(calendar)", ["is_active": false, "slot_duration_minutes": 45]).expect(
                200)
            #expect(try await tenant.book(calendar, key: "k").bytes == first.bytes)
            try await tenant.delete("calendars/\(calendar)?appointments=keep").expect(204)
            let last = try await tenant.book(calendar, key: "k").expect(201)
            #expect(last.bytes == first.bytes)
            #expect(last.isReplay)
            #expect(try await tenant.get("appointments")["data"]?.array?.count == 3)
        }
    }

    @Test func aHoldsReplayHasTheSameToken() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let first = try await tenant.hold(calendar, key: "k").expect(201)
            let again = try await tenant.hold(calendar, key: "k").expect(201)
            #expect(again.bytes == first.bytes)
            let booking: JSON = ["hold_token": again["hold_token"]!]
            let booked = try await tenant.book(calendar, Fixture.slot, booking, key: "b").expect(201)
            #expect(try await tenant.book(calendar, Fixture.slot, booking, key: "b").expect(201).bytes == booked.bytes)
            #expect(try await tenant.hold(calendar, key: "k").expect(201).bytes == first.bytes)
        }
    }

    @Test func aKeyIsKeptForADay() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar([
                "capacity": 3,
                "business_hours": [
                    ["day_of_week": "friday", "start": "09:00", "end": "17:00"]
                ],
            ])
            let start = "2026-11-06T09:00:00Z"
            let first = try await tenant.book(calendar, start, key: "k").expect(201)
            let made = try await tenant.post("calendars", Fixture.calendar, key: "k").expect(201)
            test.clock.advance(seconds: 86_399)
            #expect(try await tenant.book(calendar, start, key: "k").expect(201).bytes == first.bytes)
            #expect(try await tenant.post("calendars", Fixture.calendar, key: "k").isReplay)
            test.clock.advance(seconds: 1)
            let second = try await tenant.book(calendar, start, key: "k").expect(201)
            #expect(!second.isReplay)
            #expect(second["id"] != first["id"])
            #expect(try await tenant.post("calendars", Fixture.calendar, key: "k").expect(201)["id"] != made["id"])
            // The new answer is kept in turn, and a body that differs from the old one is no matter.
            #expect(try await tenant.book(calendar, start, key: "k").bytes == second.bytes)
            test.clock.advance(seconds: 86_400)
            try await tenant.book(calendar, start, ["title": "Other"], key: "k").expect(201)
        }
    }

    @Test func keysOfOthersAreApart() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let other = try await test.tenant("Other")
            let calendar = try await tenant.calendar(["capacity": 5])
            let second = try await tenant.calendar(["capacity": 5])
            let key = try await tenant.scoped("appointments:write")
            let member = try await tenant.member("ada", ["appointments:write", "calendars:all"])
            var ids: Set<JSON> = []
            for client in [tenant, key, member] {
                ids.insert(try await client.book(calendar, key: "k").expect(201)["id"]!)
            }
            #expect(ids.count == 3)
            // Another route and another resource of the same route are apart too.
            try await tenant.hold(calendar, key: "k").expect(201)
            try await tenant.hold(second, key: "k").expect(201)
            try await other.book(try await other.calendar(), key: "k").expect(201)
            for id in ids { #expect(try await !tenant.cancel(id.string!, key: "k").expect(200).isReplay) }
        }
    }

    @Test func aRequestThatFailsKeepsNothing() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            try await tenant.book(calendar, Fixture.slot, ["title": 5], key: "k").expect(422)
            try await tenant.book(calendar, "2026-11-02T09:01:00Z", key: "k").expect(409, "slot_unavailable")
            try await tenant.book("01a158a5-723b-7a94-9c0d-51e8f3b7d206", key: "k").expect(404)
            try await tenant.book(calendar, Fixture.slot, ["hold_token": "x"], key: "k").expect(410)
            try await tenant.post("calendars", ["name": "x"], key: "k").expect(422)
            #expect(try await test.rowCounts()["idempotency_keys"] == 0)
            let booked = try await tenant.book(calendar, key: "k").expect(201)
            #expect(!booked.isReplay)
            try await tenant.post("calendars", Fixture.calendar.with(["slug": "dr-okafor"]), key: "s").expect(
                409, "slug_taken")
            try await tenant.post("calendars", Fixture.calendar.with(["slug": "free"]), key: "s").expect(201)
        }
    }

    @Test func theSecretsOfKeptAnswersAreSealed() async throws {
        try await TestServer.run { test in
            let made = try await test.platform.post("platform/organizations", ["name": "x"], key: "k").expect(201)
            let secret = try #require(made["api_key"]?.string)
            for row in try await test.query("SELECT response FROM idempotency_keys WHERE response IS NOT NULL") {
                #expect(!String(decoding: try row.bytes(0), as: UTF8.self).contains(secret))
            }
        }
    }

    @Test func ofParallelRequestsWithOneKeyAllTellOfOneBooking() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["capacity": 50])
            let answers = try await parallel(40) { _ in try await tenant.book(calendar, key: "k") }
            var bodies: Set<[UInt8]> = []
            var firsts = 0
            for answer in answers {
                if answer.status == 201 {
                    bodies.insert(answer.bytes)
                    firsts += answer.isReplay ? 0 : 1
                } else {
                    answer.expect(409, "idempotency_in_progress")
                }
            }
            #expect(firsts == 1)
            #expect(bodies.count == 1)
            #expect(try await test.query("SELECT COUNT(*) FROM appointments").first?.int(0) == 1)
        }
    }
}
