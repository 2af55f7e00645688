@testable import JSON
import AlmanacRuntime
import Testing

@Suite struct TenancyTests {
    @Test func anotherTenantsIdsAreNotFoundWhateverIsAskedOfThem() async throws {
        try await TestServer.run { test in
            let owner = try await test.tenant("Owner")
            let stranger = try await test.tenant("Stranger")
            let calendar = try await owner.calendar(["name": "Secret name"])
            let appointment = try #require(try await owner.book(calendar).expect(201)["id"]?.string)
            let contact = try #require(try await owner.get("appointments/\(appointment)")["contact"]?["id"])
            let hold = try #require(try await owner.hold(calendar, "2026-11-02T11:00:00Z")["hold_token"]?.string)
            let key = try #require(try await owner.get("admin/api-keys")["data"]?.array?.first?["id"]?.string)
            let mine = try await stranger.calendar()
            let before = try await test.rowCounts()

            let path = "calendars/\(calendar)"
            let answers = [
                try await stranger.get(path), try await stranger.put(path, Fixture.calendar),
                try await stranger.patch(path, ["name": "x"]), try await stranger.delete(path),
                try await stranger.put(path + "/business-hours", ["business_hours": []]),
                try await stranger.availability(calendar), try await stranger.explain(calendar, at: Fixture.slot),
                try await stranger.hold(calendar), try await stranger.delete(path + "/holds/\(hold)"),
                try await stranger.book(calendar), try await stranger.get("appointments/\(appointment)"),
                try await stranger.patch("appointments/\(appointment)", ["title": "x"]),
                try await stranger.cancel(appointment), try await stranger.delete("admin/api-keys/\(key)"),
                try await stranger.post(
                    "appointments", Fixture.booking(mine).without("contact").with(["contact_id": contact])
                ),
            ]
            for answer in answers {
                answer.expect(404, "not_found")
                for secret in ["Secret", "sam@", "Rivera", appointment] { #expect(!answer.text.contains(secret)) }
            }
            #expect(try await test.rowCounts() == before)
            #expect(try await owner.get(path)["version"] == 1)
            #expect(try await stranger.get("appointments")["data"] == [])
            #expect(try await stranger.get("appointments?calendar_id=\(calendar)")["data"] == [])
            #expect(try await stranger.get("calendars")["data"]?.array?.count == 1)
            // Its own calendar is no place for someone else's hold.
            try await stranger.delete("calendars/\(mine)/holds/\(hold)").expect(404)
            try await stranger.book(mine, "2026-11-02T11:00:00Z", ["hold_token": .string(hold)]).expect(410)
        }
    }

    @Test func whatDoesNotExistIsNotFound() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let missing = [
                "01a158a5-723b-7a94-9c0d-51e8f3b7d206", "00000000-0000-0000-0000-000000000000", "not-an-id", "%20",
                "01a158a5723b7a949c0d51e8f3b7d206x", "..%2F..", "%00", "%zz", "١",
            ]
            for id in missing {
                for path in ["calendars/\(id)", "appointments/\(id)"] {
                    try await tenant.get(path).expect(404, "not_found")
                    try await tenant.patch(path, [:]).expect(404, "not_found")
                }
                try await tenant.put("calendars/\(id)", Fixture.calendar).expect(404)
                try await tenant.put("calendars/\(id)/business-hours", ["business_hours": []]).expect(404)
                try await tenant.delete("calendars/\(id)").expect(404)
                try await tenant.availability(id).expect(404)
                try await tenant.explain(id, at: Fixture.slot).expect(404)
                try await tenant.hold(id).expect(404)
                try await tenant.delete("calendars/\(id)/holds/abc").expect(404)
                try await tenant.cancel(id).expect(404)
                try await tenant.delete("admin/api-keys/\(id)").expect(404)
                try await test.platform.get("platform/organizations/\(id)").expect(404)
                try await test.platform.patch("platform/organizations/\(id)", ["name": "x"]).expect(404)
                try await test.platform.delete("platform/organizations/\(id)").expect(404)
            }
            let booking = Fixture.booking("01a158a5-723b-7a94-9c0d-51e8f3b7d206")
            let answer = try await tenant.post("appointments", booking).expect(404, "not_found")
            #expect(answer.errors == ["/calendar_id not_found"])
        }
    }

    @Test func twoTenantsHaveTheirOwnContactsAndSlugs() async throws {
        try await TestServer.run { test in
            let (one, two) = (try await test.tenant(), try await test.tenant())
            let calendars = (try await one.calendar(["slug": "main"]), try await two.calendar(["slug": "main"]))
            let first = try await one.book(calendars.0).expect(201)
            let second = try await two.book(
                calendars.1, Fixture.slot, ["contact": ["name": "Another", "email": "SAM@example.com"]]
            ).expect(201)
            #expect(first["contact"]?["id"] != second["contact"]?["id"])
            #expect(second["contact"]?["name"] == "Another")
        }
    }
}
