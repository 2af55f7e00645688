@testable import JSON
import AlmanacRuntime
import HTTPTypes
import Scheduling
import TenantActors
import Testing

@testable import HTTP

/// Every way to a calendar, with every permission.
@Suite struct PermissionTests {
    /// A request that touches a calendar, and the least that it takes.
    struct Way: Sendable, CustomStringConvertible {
        let description: String
        let needing: Permission
        let status: Int
        let ask: @Sendable (Client, Scene) async throws -> Answer

        init(
            _ description: String, _ needing: Permission, _ status: Int = 200,
            _ ask: @escaping @Sendable (Client, Scene) async throws -> Answer
        ) {
            self.description = description
            self.needing = needing
            self.status = status
            self.ask = ask
        }
    }

    /// What there is to ask about.
    struct Scene: Sendable {
        let calendar: String
        let appointment: String
        let hold: String
        let share: String
        /// One of each opening rule, by the name of its collection.
        var openingRules: [String: String] = [:]
        var path: String { "calendars/\(calendar)" }
    }

    /// In an order in which none spoils the next.
    static let ways: [Way] = using + bodies.flatMap { ways(of: $0.name, $0.body) } + managing

    private static let using: [Way] = [
        Way("GET calendar", .viewFreeBusy) { try await $0.get($1.path) },
        Way("GET availability", .viewFreeBusy) { try await $0.availability($1.calendar) },
        Way("GET explain", .view) { try await $0.explain($1.calendar, at: Fixture.slot) },
        Way("GET appointment", .view) { try await $0.get("appointments/\($1.appointment)") },
        Way("GET appointments of it", .view) { try await $0.get("appointments?calendar_id=\($1.calendar)") },
        Way("POST hold", .book, 201) { try await $0.hold($1.calendar, "2026-11-02T13:00:00Z") },
        Way("DELETE hold", .book, 204) { try await $0.delete("\($1.path)/holds/\($1.hold)") },
        Way("POST appointment", .book, 201) { try await $0.book($1.calendar, "2026-11-02T14:00:00Z") },
        Way("PATCH appointment", .book) { try await $0.patch("appointments/\($1.appointment)", ["title": "T"]) },
        Way("POST cancel", .book) { try await $0.cancel($1.appointment) },
        Way("PATCH calendar", .edit) { try await $0.patch($1.path, ["name": "N"]) },
        Way("PUT calendar", .edit) { try await $0.put($1.path, Fixture.calendar) },
        Way("PUT business hours", .edit) {
            try await $0.put($1.path + "/business-hours", ["business_hours": Fixture.week])
        },
        Way("POST regenerate", .edit) {
            try await $0.post($1.path + "/availability/regenerate", ["from": "2026-11-02", "to": "2026-11-02"])
        },
        Way("POST recurring break", .edit, 201) {
            let rule: JSON = [
                "rrule": "FREQ=MONTHLY", "starts_on": "2026-11-02", "start": "09:00", "end": "10:00",
            ]
            return try await $0.post($1.path + "/break-times/recurring", rule)
        },
    ]

    private static let managing: [Way] = [
        Way("GET shares", .manage) { try await $0.get($1.path + "/shares") },
        Way("GET share", .manage) { try await $0.get($1.path + "/shares/\($1.share)") },
        Way("POST share", .manage, 201) {
            try await $0.post(
                $1.path + "/shares", ["grantee_type": "member", "grantee_id": "eve", "permission": "view"])
        },
        Way("DELETE share", .manage, 204) { try await $0.delete($1.path + "/shares/\($1.share)") },
        Way("DELETE calendar", .manage, 204) { try await $0.delete($1.path + "?appointments=keep") },
    ]

    /// An opening rule of a calendar: each is read with `view` and written with `edit`.
    private static func ways(of name: String, _ body: JSON) -> [Way] {
        let all = "/\(name)"
        @Sendable func one(_ scene: Scene) -> String { "\(scene.path)/\(name)/\(scene.openingRules[name] ?? "")" }
        return [
            Way("GET \(name)", .view) { try await $0.get($1.path + all) },
            Way("GET one of \(name)", .view) { try await $0.get(one($1)) },
            Way("PUT one of \(name)", .edit) { try await $0.put(one($1), body) },
            Way("DELETE one of \(name)", .edit, 204) { try await $0.delete(one($1)) },
            Way("POST \(name)", .edit, 201) { try await $0.post($1.path + all, body) },
        ]
    }

    private static let bodies: [(name: String, body: JSON)] = [
        ("availability-rules", OpeningRuleCase.fixedRule.body), ("buffer-times", OpeningRuleCase.buffer.body),
        ("break-times", OpeningRuleCase.oneTimeBreak.body), ("blackout-dates", OpeningRuleCase.blackout.body),
    ]

    private func scene(_ fixture: SharingFixture) async throws -> Scene {
        let booked = try await fixture.ada.book(fixture.calendar, "2026-11-02T10:00:00Z").expect(201)
        let held = try await fixture.ada.hold(fixture.calendar, "2026-11-02T11:00:00Z").expect(201)
        let share = try await fixture.give("view", to: "member", "zoe").expect(201)
        var scene = Scene(
            calendar: fixture.calendar, appointment: try #require(booked["id"]?.string),
            hold: try #require(held["hold_token"]?.string), share: try #require(share["id"]?.string)
        )
        for (name, body) in Self.bodies {
            let made = try await fixture.ada.post("\(fixture.path)/\(name)", body).expect(201)
            scene.openingRules[name] = try #require(made["id"]?.string)
        }
        return scene
    }

    @Test(arguments: Permission.allCases) func eachLevelAllowsWhatItNamesAndNoMore(level: Permission) async throws {
        try await TestServer.run { test in
            let fixture = try await SharingFixture(test)
            let scene = try await scene(fixture)
            try await fixture.give(level.name).expect(201)
            for way in Self.ways {
                let answer = try await way.ask(fixture.bob, scene)
                let isAllowed = way.needing <= level
                #expect(answer.status == (isAllowed ? way.status : 403), "\(level.name): \(way): \(answer.text)")
                if !isAllowed { #expect(answer.code == "insufficient_permission", "\(way)") }
            }
        }
    }

    @Test func withoutAnyLevelThereIsNoSuchCalendar() async throws {
        try await TestServer.run { test in
            let fixture = try await SharingFixture(test)
            let scene = try await scene(fixture)
            for way in Self.ways where way.description != "GET appointments of it" {
                try await way.ask(fixture.bob, scene).expect(404, "not_found")
            }
            #expect(try await fixture.bob.get("appointments?calendar_id=\(scene.calendar)")["data"] == [])
            #expect(try await fixture.bob.get("calendars")["data"] == [])
        }
    }

    @Test func theOwnerAKeyAndASubjectOfAllCalendarsManage() async throws {
        for who in 0..<3 {
            try await TestServer.run { test in
                let fixture = try await SharingFixture(test)
                let scene = try await scene(fixture)
                let all = try await fixture.tenant.member("all", SharingFixture.everyScope + ["calendars:all"])
                let client = [fixture.ada, fixture.tenant, all][who]
                for way in Self.ways { #expect(try await way.ask(client, scene).status == way.status, "\(way)") }
            }
        }
    }

    @Test func ofSeveralSharesTheHighestCounts() async throws {
        try await TestServer.run { test in
            let fixture = try await SharingFixture(test)
            let team = try await fixture.team(try await fixture.member("Bob", ["subject": "bob"]))
            try await fixture.give("view_free_busy", to: "organization", nil).expect(201)
            try await fixture.bob.explain(fixture.calendar, at: Fixture.slot).expect(403)
            let book = try await fixture.give("book", to: "team", team).expect(201)
            try await fixture.give("view").expect(201)
            try await fixture.bob.hold(fixture.calendar).expect(201)
            try await fixture.bob.patch(fixture.path, ["name": "N"]).expect(403, "insufficient_permission")
            try await fixture.ada.delete("\(fixture.path)/shares/\(try #require(book["id"]?.string))").expect(204)
            try await fixture.bob.hold(fixture.calendar, "2026-11-02T10:00:00Z").expect(403)
            try await fixture.bob.explain(fixture.calendar, at: Fixture.slot).expect(200)
        }
    }

    @Test func withFreeTimesAloneNobodyLearnsWhoseOrWhatACalendarIs() async throws {
        try await TestServer.run { test in
            let fixture = try await SharingFixture(
                test,
                [
                    "description": "secret", "location": "secret", "metadata": ["a": "secret"],
                    "owner": ["name": "secret"], "notify": ["secret@example.com"],
                ])
            let whole = try await fixture.ada.get(fixture.path)
            try await fixture.give("view_free_busy").expect(201)
            let shown = try await fixture.bob.get(fixture.path).expect(200)
            let empty: JSON = [
                "owner": nil, "notify": [], "description": nil, "location": nil, "metadata": [:], "reminders": [],
            ]
            #expect(shown.json == whole.json.with(empty))
            let listed = try await fixture.bob.get("calendars")["data"]?.array
            #expect(listed == [shown.json])
            #expect(!shown.text.contains("secret"))
            // A tag is of what was shown: with more to see there is more to fetch.
            #expect(shown.etag != whole.etag)
            let tag = ["If-None-Match": try #require(shown.etag)]
            try await fixture.bob.get(fixture.path, headers: tag).expect(304)
            try await fixture.ada.get(fixture.path, headers: tag).expect(200)
            try await fixture.give("view", to: "organization", nil).expect(201)
            #expect(try await fixture.bob.get(fixture.path, headers: tag).expect(200).json == whole.json)
            #expect(try await fixture.bob.get("calendars")["data"]?.array == [whole.json])
        }
    }

    @Test func listsHaveWhatMayBeSeen() async throws {
        try await TestServer.run { test in
            let fixture = try await SharingFixture(test)
            let own = try await fixture.bob.calendar()
            let hidden = try await fixture.ada.calendar()
            for calendar in [own, fixture.calendar, hidden] {
                try await fixture.tenant.book(calendar).expect(201)
            }
            func calendars() async throws -> Set<String> {
                Set(try await fixture.bob.get("calendars")["data"]?.array?.compactMap { $0["id"]?.string } ?? [])
            }
            func booked() async throws -> Set<String> {
                let data = try await fixture.bob.get("appointments")["data"]?.array ?? []
                return Set(data.compactMap { $0["calendar_id"]?.string })
            }
            #expect(try await calendars() == [own])
            let share = try await fixture.give("view_free_busy").expect(201)
            #expect(try await calendars() == [own, fixture.calendar])
            #expect(try await booked() == [own])
            let team = try await fixture.team(try await fixture.member("Bob", ["subject": "bob"]))
            try await fixture.give("view", to: "team", team).expect(201)
            #expect(try await booked() == [own, fixture.calendar])
            try await fixture.ada.delete("\(fixture.path)/shares/\(try #require(share["id"]?.string))").expect(204)
            try await fixture.tenant.patch("admin/teams/\(team)", ["member_ids": []]).expect(200)
            #expect(try await calendars() == [own])
            #expect(try await booked() == [own])
            // A link is for whoever knows its secret, and for nobody else.
            try await fixture.give("view", to: "link", nil).expect(201)
            #expect(try await calendars() == [own])
            try await fixture.give("view", to: "organization", nil).expect(201)
            #expect(try await calendars() == [own, fixture.calendar])
            #expect(try await booked() == [own, fixture.calendar])
        }
    }

    @Test func anEditorDoesNotTakeTheCalendarAndAManagerMayHandItOn() async throws {
        try await TestServer.run { test in
            let fixture = try await SharingFixture(test)
            let share = try await fixture.give("edit").expect(201)
            func owner() async throws -> String? {
                try await fixture.tenant.get(fixture.path)["owner"]?["member_id"]?.string
            }
            for body in [Fixture.calendar, Fixture.calendar.with(["owner": nil])] {
                try await fixture.bob.put(fixture.path, body).expect(200)
                #expect(try await owner() == "ada")
            }
            try await fixture.bob.patch(fixture.path, ["owner": nil]).expect(200)
            #expect(try await owner() == "ada")
            let taken: JSON = ["owner": ["member_id": "bob"]]
            try await fixture.bob.patch(fixture.path, taken).expect(403, "insufficient_permission")
            #expect(try await owner() == "ada")
            try await fixture.ada.delete("\(fixture.path)/shares/\(try #require(share["id"]?.string))").expect(204)
            try await fixture.give("manage").expect(201)
            try await fixture.bob.patch(fixture.path, taken).expect(200)
            #expect(try await owner() == "bob")
            try await fixture.ada.get(fixture.path).expect(404)
        }
    }
}
