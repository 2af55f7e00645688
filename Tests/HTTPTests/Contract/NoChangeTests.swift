@testable import JSON
import AlmanacRuntime
import HTTPTypes
import Testing

/// A request that changes nothing keeps the version and the tag, and leaves no trace in the record.
@Suite struct NoChangeTests {
    private func check(
        _ test: TestServer, _ client: Client, _ path: String, _ bodies: [(HTTPRequest.Method, JSON)]
    ) async throws {
        let first = try await client.get(path).expect(200)
        let tag = try #require(first.etag)
        let before = try await test.rowCounts()
        test.clock.advance(seconds: 60)
        for (method, body) in bodies {
            for headers in [[:], ["If-Match": tag]] {
                let answer = try await client.send(method, path, body, headers: headers).expect(200)
                #expect(answer.etag == tag, "\(method) \(path) \(body.text)")
                #expect(answer.json == first.json, "\(method) \(path) \(body.text)")
            }
            try await client.send(method, path, body, headers: ["If-Match": "\"other\""]).expect(412)
        }
        #expect(try await test.rowCounts() == before, "\(path)")
        #expect(try await client.get(path).bytes == first.bytes, "\(path)")
    }

    @Test func aCalendarStaysAsItIs() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar([
                "metadata": ["a": 1, "b": [1.5, nil]], "owner": ["name": "Ada"],
            ])
            let path = "calendars/\(calendar)"
            let present = try await tenant.get(path).json
            try await check(
                test, tenant, path,
                [
                    (.patch, [:]), (.patch, ["name": present["name"]!]), (.patch, ["metadata": ["b": [1.50, nil]]]),
                    (.patch, ["metadata": [:]]), (.patch, ["owner": [:]]), (.patch, ["name": " Dr. Okafor "]),
                    (.patch, present), (.put, present), (.patch, ["version": 7, "id": "x"]), (.patch, ["color": nil]),
                    (.put, present.with(["metadata": ["b": [1.5, nil], "a": 1.0]])),
                    (.patch, ["business_hours": Fixture.week]), (.patch, ["slot_duration_minutes": 30]),
                ])
            let hours = try await tenant.put("\(path)/business-hours", ["business_hours": Fixture.week]).expect(200)
            #expect(hours["version"] == 1)
            let changed = try await tenant.patch(path, ["metadata": ["a": "1"]]).expect(200)
            #expect(changed["version"] == 2)
        }
    }

    @Test func aNameThatOnlyLooksTheSameIsAChange() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["name": "Caf\u{e9}"])
            let changed = try await tenant.patch("calendars/\(calendar)", ["name": "Cafe\u{301}"]).expect(200)
            #expect(changed["version"] == 2 && changed["name"]?.string?.utf8.count == 6)
            let member = try await tenant.post("admin/members", ["name": "\u{212A}ate"]).expect(201)
            let renamed = try await tenant.patch("admin/members/\(member["id"]!.string!)", ["name": "Kate"]).expect(200)
            #expect(renamed["version"] == 2 && renamed["name"]?.string?.utf8.count == 4)
        }
    }

    @Test(arguments: OpeningRuleCase.all)
    func anItemOfAOpeningRuleStaysAsItIs(openingRule: OpeningRuleCase) async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let id = try await tenant.add(openingRule.collection, openingRule.body, to: calendar)
            let path = "calendars/\(calendar)/\(openingRule.collection)/\(id)"
            let present = try await tenant.get(path).json
            try await check(
                test, tenant, path, [(.put, openingRule.body), (.put, present), (.put, openingRule.answer)])
            #expect(try await tenant.put(path, openingRule.body.with(openingRule.change)).expect(200)["version"] == 2)
        }
    }

    @Test func anAppointmentStaysAsItIs() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let fields: JSON = [
                "title": "Check", "attendees": [["name": "Bo", "email": "bo@example.com"]], "metadata": ["a": 1],
            ]
            let booked = try await tenant.book(calendar, Fixture.slot, fields).expect(201)
            let path = "appointments/\(booked["id"]!.string!)"
            try await check(
                test, tenant, path,
                [
                    (.patch, [:]), (.patch, ["title": "Check"]), (.patch, ["notes": nil]), (.patch, ["metadata": [:]]),
                    (.patch, fields), (.patch, booked.json), (.patch, ["status": "confirmed"]),
                ])
            #expect(try await tenant.patch(path, ["title": "Other"]).expect(200)["version"] == 2)
        }
    }

    @Test func membersTeamsAndOrganizationsStayAsTheyAre() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let member = try await tenant.post("admin/members", ["name": "Ada", "email": "ada@example.com"]).expect(201)
            let id = member["id"]!
            try await check(
                test, tenant, "admin/members/\(id.string!)",
                [(.patch, [:]), (.patch, ["name": "Ada"]), (.patch, member.json), (.patch, ["is_active": true])])
            let team = try await tenant.post("admin/teams", ["name": "T", "member_ids": [id]]).expect(201)
            try await check(
                test, tenant, "admin/teams/\(team["id"]!.string!)",
                [
                    (.patch, [:]), (.patch, ["member_ids": [id]]), (.patch, ["member_ids": [id, id]]),
                    (.patch, team.json),
                ])
            let path = "platform/organizations/\(tenant.organization)"
            let name = try await test.platform.get(path)["name"]!
            try await check(
                test, test.platform, path, [(.patch, [:]), (.patch, ["name": name]), (.patch, ["version": 9])])
        }
    }
}
