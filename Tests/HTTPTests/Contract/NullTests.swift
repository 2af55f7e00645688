@testable import JSON
import AlmanacRuntime
import HTTPTypes
import Testing

/// Null stands for a default. What has none, or is needed, is refused, and what a later release brings is named.
@Suite struct NullTests {
    @Test func aWeekIsNeverNull() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let path = "calendars/\(calendar)"
            let week: JSON = ["business_hours": nil]
            let before = try await tenant.get(path).bytes
            for (method, path, body) in [
                (HTTPRequest.Method.patch, path, week), (.put, path, Fixture.calendar.with(week)),
                (.post, "calendars", Fixture.calendar.with(week)), (.patch, path, week.with(["name": "x"])),
            ] {
                let answer = try await tenant.send(method, path, body).expect(422, "validation_failed")
                #expect(answer.errors == ["/business_hours type"], "\(method) \(path)")
            }
            let preview: JSON = [
                "calendar": ["timezone": "UTC", "business_hours": nil], "from": "2026-11-02", "to": "2026-11-02",
            ]
            #expect(
                try await tenant.post("availability/preview", preview).expect(422).errors == [
                    "/calendar/business_hours type"
                ])
            #expect(
                try await tenant.put("\(path)/business-hours", week).expect(422).errors == ["/business_hours required"])
            #expect(try await tenant.get(path).bytes == before)
            #expect(try await tenant.patch(path, ["business_hours": []]).expect(200)["business_hours"] == [])
        }
    }

    @Test func aSlugThatIsThereIsNeverNull() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let path = "calendars/\(calendar)"
            #expect(try await tenant.patch(path, ["slug": nil]).expect(422).errors == ["/slug type"])
            #expect(
                try await tenant.put(path, Fixture.calendar.with(["slug": nil])).expect(422).errors == ["/slug type"])
            let organization = "platform/organizations/\(tenant.organization)"
            #expect(try await test.platform.patch(organization, ["slug": nil]).expect(422).errors == ["/slug type"])
            #expect(try await test.platform.patch(organization, ["name": nil]).expect(422).errors == ["/name required"])
        }
    }

    /// Every field that a body needs, of every resource.
    @Test func whatIsNeededIsNeverNull() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let optional: Set<String> = ["exdates", "rdates", "priority", "reason", "repeats_yearly"]
            for openingRule in OpeningRuleCase.all {
                let path = "calendars/\(calendar)/\(openingRule.collection)"
                let id = try await tenant.add(openingRule.collection, openingRule.body, to: calendar)
                for (key, _) in openingRule.body.object ?? JSONObject() where !optional.contains(key) {
                    let body = openingRule.body.with([:]).with(.object(JSONObject([(key, .null)])))
                    for (method, path) in [(HTTPRequest.Method.post, path), (.put, "\(path)/\(id)")] {
                        let answer = try await tenant.send(method, path, body).expect(422)
                        #expect(
                            answer.errors.contains("/\(key) required"), "\(openingRule.name) \(key): \(answer.errors)")
                    }
                }
                try await tenant.delete("\(path)/\(id)").expect(204)
            }
            let bodies: [(String, JSON, [String])] = [
                ("appointments", Fixture.booking(calendar), ["calendar_id", "starts_at", "contact"]),
                ("calendars/\(calendar)/holds", ["starts_at": "2026-11-02T09:00:00Z"], ["starts_at"]),
                (
                    "calendars/\(calendar)/shares",
                    ["grantee_type": "member", "grantee_id": "x", "permission": "view"],
                    ["grantee_type", "grantee_id", "permission"]
                ),
                (
                    "calendars/\(calendar)/availability/regenerate", ["from": "2026-11-02", "to": "2026-11-03"],
                    ["from", "to"]
                ),
                ("admin/api-keys", ["name": "x", "scopes": ["admin"]], ["name", "scopes"]),
                ("admin/members", ["name": "x"], ["name"]), ("admin/teams", ["name": "x"], ["name"]),
                ("calendars", Fixture.calendar, ["name", "timezone"]),
            ]
            for (path, body, keys) in bodies {
                for key in keys {
                    let answer = try await tenant.post(path, body.with(.object(JSONObject([(key, .null)])))).expect(422)
                    #expect(answer.errors.contains("/\(key) required"), "\(path) \(key): \(answer.errors)")
                }
            }
        }
    }

    @Test func itemsOfListsAreNeverNull() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            for key in ["notify", "reminders", "business_hours", "allowed_durations_minutes"] {
                let body: JSON = .object(JSONObject([(key, [nil])]))
                let answer = try await tenant.patch("calendars/\(calendar)", body).expect(422)
                #expect(answer["errors"]?.array?.first?["pointer"] == .string("/\(key)/0"), "\(key)")
            }
        }
    }

    @Test func whatALaterReleaseBringsIsNamed() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let cases: [(HTTPRequest.Method, String, JSON, String)] = [
                (
                    .post, "appointments",
                    Fixture.booking(calendar).with(["recurrence": ["rrule": "FREQ=DAILY;COUNT=2"]]), "recurrence"
                ),
                (.post, "appointments", Fixture.booking(calendar).with(["video": ["provider": "zoom"]]), "video"),
                (.post, "calendars", Fixture.calendar.with(["video": ["provider": "zoom"]]), "video"),
                (.put, "calendars/\(calendar)", Fixture.calendar.with(["video": ["provider": "zoom"]]), "video"),
                (.patch, "calendars/\(calendar)", ["video": ["provider": "zoom"]], "video"),
            ]
            for (method, path, body, field) in cases {
                let answer = try await tenant.send(method, path, body).expect(422, "validation_failed")
                #expect(answer.errors == ["/\(field) unsupported"], "\(method) \(path)")
            }
            // Null says what is true.
            try await tenant.patch("calendars/\(calendar)", ["video": nil]).expect(200)
            try await tenant.book(calendar, Fixture.slot, ["recurrence": nil, "video": nil]).expect(201)
        }
    }
}
