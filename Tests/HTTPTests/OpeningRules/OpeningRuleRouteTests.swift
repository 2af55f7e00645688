@testable import JSON
import AlmanacRuntime
import Testing

/// What all kinds of opening rules have in common: how they are made, read, changed and deleted.
@Suite struct OpeningRuleRouteTests {
    @Test(arguments: OpeningRuleCase.all)
    func anItemIsMadeReadReplacedAndDeleted(openingRule: OpeningRuleCase) async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let path = "calendars/\(calendar)/\(openingRule.collection)"
            #expect(try await tenant.get(path).expect(200).json == ["data": [], "next_cursor": nil])

            let made = try await tenant.post(path, openingRule.body).expect(201)
            let id = try #require(made["id"]?.string)
            let set: JSON = [
                "id": .string(id), "calendar_id": .string(calendar), "version": 1,
                "created_at": .string(TestServer.start), "updated_at": .string(TestServer.start),
            ]
            #expect(made.json == openingRule.answer.with(set))
            #expect(made.location == "/api/v1/\(path)/\(id)")

            let read = try await tenant.get("\(path)/\(id)").expect(200)
            #expect(read.bytes == made.bytes)
            let tag = try #require(read.etag)
            #expect(made.etag == tag)
            try await tenant.get("\(path)/\(id)", headers: ["If-None-Match": tag]).expect(304)
            #expect(try await tenant.get(path)["data"] == .array([made.json]))

            // What was read can be sent back, edited.
            test.clock.advance(seconds: 60)
            let edited = read.json.with(openingRule.change)
            let put = try await tenant.put("\(path)/\(id)", edited, headers: ["If-Match": tag]).expect(200)
            #expect(put.json == edited.with(["version": 2, "updated_at": "2026-11-01T12:01:00Z"]))
            #expect(put.etag != tag)
            for stale in [tag, "\"x\""] {
                try await tenant.put("\(path)/\(id)", edited, headers: ["If-Match": stale])
                    .expect(412, "precondition_failed")
                try await tenant.delete("\(path)/\(id)", headers: ["If-Match": stale]).expect(412)
            }

            // The database has the same.
            try await test.evict(calendar)
            #expect(try await tenant.get("\(path)/\(id)").bytes == put.bytes)

            try await tenant.delete("\(path)/\(id)", headers: ["If-Match": try #require(put.etag)]).expect(204)
            try await tenant.get("\(path)/\(id)").expect(404, "not_found")
            try await tenant.put("\(path)/\(id)", edited).expect(404)
            try await tenant.delete("\(path)/\(id)").expect(404)
            #expect(try await tenant.get(path)["data"] == [])
            try await test.evict(calendar)
            #expect(try await tenant.get(path)["data"] == [])
            // What it had to itself is free again.
            try await tenant.post(path, openingRule.body.with(openingRule.change)).expect(201)
            #expect(try await tenant.get("calendars/\(calendar)")["version"] == 1)
        }
    }

    @Test(arguments: OpeningRuleCase.all)
    func aRepeatedRequestIsAnsweredAsTheFirst(openingRule: OpeningRuleCase) async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let path = "calendars/\(calendar)/\(openingRule.collection)"
            let first = try await tenant.post(path, openingRule.body, key: "k").expect(201)
            #expect(!first.isReplay)
            let before = try await test.rowCounts()
            func repeats() async throws {
                let again = try await tenant.post(path, openingRule.body, key: "k").expect(201)
                #expect(again.isReplay)
                #expect(again.bytes == first.bytes)
                #expect(again.location == first.location)
                #expect(again.etag == first.etag)
                #expect(try await test.rowCounts() == before)
            }
            test.clock.advance(seconds: 600)
            try await repeats()
            let other = try await tenant.post(path, openingRule.body.with(openingRule.change), key: "k")
            other.expect(422, "idempotency_key_reused")
            try await test.evict(calendar)
            try await repeats()
            // Whatever became of it since.
            try await tenant.delete("\(path)/\(try #require(first["id"]?.string))").expect(204)
            let again = try await tenant.post(path, openingRule.body, key: "k").expect(201)
            #expect(again.isReplay && again.bytes == first.bytes)
            #expect(try await tenant.get(path)["data"] == [])
        }
    }

    @Test(arguments: OpeningRuleCase.all)
    func anotherTenantFindsNothing(openingRule: OpeningRuleCase) async throws {
        try await TestServer.run { test in
            let (owner, stranger) = (try await test.tenant("Owner"), try await test.tenant("Stranger"))
            let calendar = try await owner.calendar()
            let id = try await owner.add(openingRule.collection, openingRule.body, to: calendar)
            let (mine, other) = (try await stranger.calendar(), try await owner.calendar(["slug": "other"]))
            let before = try await test.rowCounts()
            for (client, path) in [
                (stranger, "calendars/\(calendar)/\(openingRule.collection)"),
                (stranger, "calendars/\(mine)/\(openingRule.collection)"),
                // Nor is it another calendar's of the same tenant.
                (owner, "calendars/\(other)/\(openingRule.collection)"),
            ] {
                try await client.get("\(path)/\(id)").expect(404, "not_found")
                try await client.put("\(path)/\(id)", openingRule.body).expect(404, "not_found")
                try await client.delete("\(path)/\(id)").expect(404, "not_found")
            }
            let path = "calendars/\(calendar)/\(openingRule.collection)"
            try await stranger.get(path).expect(404, "not_found")
            try await stranger.post(path, openingRule.body).expect(404, "not_found")
            #expect(try await test.rowCounts() == before)
            for missing in ["x", "01a158a5-723b-7a94-9c0d-51e8f3b7d206", "%20"] {
                try await owner.get("\(path)/\(missing)").expect(404, "not_found")
                try await owner.put("\(path)/\(missing)", openingRule.body).expect(404)
                try await owner.delete("\(path)/\(missing)").expect(404)
                try await owner.get("calendars/\(missing)/\(openingRule.collection)").expect(404)
                try await owner.post("calendars/\(missing)/\(openingRule.collection)", openingRule.body).expect(404)
            }
            // A deleted calendar has none any more.
            try await owner.delete("calendars/\(calendar)").expect(204)
            try await owner.get("\(path)/\(id)").expect(404)
            try await owner.post(path, openingRule.body).expect(404)
            try await owner.delete("\(path)/\(id)").expect(404)
        }
    }

    @Test(arguments: OpeningRuleCase.all)
    func readingAndWritingWantTheirScopes(openingRule: OpeningRuleCase) async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let path = "calendars/\(calendar)/\(openingRule.collection)"
            let id = try await tenant.add(openingRule.collection, openingRule.body, to: calendar)
            let (reader, writer) = (
                try await tenant.scoped("calendars:read"), try await tenant.scoped("calendars:write")
            )
            try await reader.get(path).expect(200)
            try await reader.get("\(path)/\(id)").expect(200)
            try await reader.post(path, openingRule.body).expect(403, "insufficient_scope")
            try await reader.put("\(path)/\(id)", openingRule.body).expect(403, "insufficient_scope")
            try await reader.delete("\(path)/\(id)").expect(403, "insufficient_scope")
            try await writer.get(path).expect(403, "insufficient_scope")
            try await writer.get("\(path)/\(id)").expect(403, "insufficient_scope")
            try await writer.put("\(path)/\(id)", openingRule.body).expect(200)
            try await writer.delete("\(path)/\(id)").expect(204)
            try await test.anonymous.get(path).expect(401)
            // A member sees those of its own calendars.
            let member = try await tenant.member("m", ["calendars:read", "calendars:write"])
            try await member.get(path).expect(404)
            try await member.post(path, openingRule.body).expect(404)
            let own = try await tenant.calendar(["slug": "own", "owner": ["member_id": "m"]])
            try await member.post("calendars/\(own)/\(openingRule.collection)", openingRule.body).expect(201)
        }
    }

    @Test func listsAreReadInPages() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            var ids: [String] = []
            for day in 1...7 {
                let body: JSON = ["starts_on": .string("2026-12-0\(day)"), "ends_on": .string("2026-12-0\(day)")]
                ids.append(try await tenant.add("blackout-dates", body, to: calendar))
            }
            let path = "calendars/\(calendar)/blackout-dates"
            var (seen, pages, query) = ([String](), 0, "?limit=3")
            while true {
                let page = try await tenant.get(path + query).expect(200)
                seen += (page["data"]?.array ?? []).compactMap { $0["id"]?.string }
                pages += 1
                guard let next = page["next_cursor"]?.string else { break }
                query = "?limit=3&cursor=\(next)"
            }
            #expect(pages == 3)
            #expect(seen == ids.sorted())
            #expect(try await tenant.get(path + "?limit=7")["next_cursor"] == .null)
            let answer = try await tenant.get(path + "?limit=201&cursor=%3F").expect(422, "invalid_query")
            #expect(answer.errors == ["/cursor invalid_cursor", "/limit out_of_range"])
        }
    }

    @Test func aRecurringBreakNeedsNoKindAtItsOwnAddress() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let path = "calendars/\(calendar)/break-times"
            let body = OpeningRuleCase.recurringBreak.body
            let made = try await tenant.post("\(path)/recurring", body.without("kind"), key: "k").expect(201)
            #expect(made["kind"] == "recurring")
            let id = try #require(made["id"]?.string)
            #expect(made.location == "/api/v1/\(path)/\(id)")
            #expect(try await tenant.get("\(path)/\(id)").bytes == made.bytes)
            #expect(try await tenant.post("\(path)/recurring", body.without("kind"), key: "k").isReplay)
            try await tenant.post("\(path)/recurring", body).expect(201)
            let refused = try await tenant.post("\(path)/recurring", OpeningRuleCase.weeklyBreak.body).expect(422)
            #expect(
                refused.errors == [
                    "/days_of_week unknown_field", "/kind invalid_value", "/rrule required", "/starts_on required",
                ]
            )
            try await tenant.get("\(path)/recurring").expect(405)
        }
    }
}
