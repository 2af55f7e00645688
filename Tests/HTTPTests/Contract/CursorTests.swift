@testable import JSON
import AlmanacRuntime
import Scheduling
import Testing

/// A cursor is good for the list, the filters and the organization that it came from, and for nothing else.
@Suite struct CursorTests {
    private struct List {
        let client: Client
        let path: String
    }

    /// Lists of one organization, each with three items or more.
    private func lists(_ test: TestServer) async throws -> (tenant: Client, calendars: [String], lists: [List]) {
        let tenant = try await test.tenant()
        var calendars: [String] = []
        for _ in 0..<3 { calendars.append(try await tenant.calendar()) }
        for calendar in calendars.prefix(2) {
            for day in 1...3 {
                try await tenant.add(
                    "blackout-dates", ["starts_on": .string("2026-12-0\(day)"), "ends_on": .string("2026-12-0\(day)")],
                    to: calendar
                )
                try await tenant.add(
                    "break-times",
                    ["kind": "one_time", "date": .string("2026-12-0\(day)"), "start": "12:00", "end": "13:00"],
                    to: calendar
                )
                let share: JSON = ["grantee_type": "member", "grantee_id": .string("m\(day)"), "permission": "view"]
                try await tenant.post("calendars/\(calendar)/shares", share).expect(201)
                try await tenant.book(calendar, "2026-11-0\(day + 1)T09:00:00Z").expect(201)
            }
        }
        for name in ["a", "b", "c"] {
            let member = try await tenant.post("admin/members", ["name": .string(name)]).expect(201)
            try await tenant.post("admin/teams", ["name": .string(name), "member_ids": [member["id"]!]]).expect(201)
            try await tenant.post("admin/api-keys", ["name": .string(name), "scopes": ["admin"]]).expect(201)
            _ = try await test.tenant(name)
        }
        let (first, second) = (calendars[0], calendars[1])
        let paths = [
            "calendars", "calendars/\(first)/blackout-dates", "calendars/\(second)/blackout-dates",
            "calendars/\(first)/break-times", "calendars/\(first)/shares", "appointments",
            "appointments?calendar_id=\(first)", "appointments?calendar_id=\(second)", "appointments?status=confirmed",
            "appointments?from=2026-11-01&to=2026-11-30", "appointments?from=2026-11-01&to=2026-11-29",
            "admin/members", "admin/teams", "admin/api-keys",
        ]
        return (
            tenant, calendars,
            paths.map { List(client: tenant, path: $0) } + [List(client: test.platform, path: "platform/organizations")]
        )
    }

    private func page(_ list: List, _ cursor: String? = nil, limit: Int = 2) async throws -> Answer {
        let start = list.path + (list.path.contains("?") ? "&" : "?") + "limit=\(limit)"
        return try await list.client.get(start + (cursor.map { "&cursor=\($0)" } ?? ""))
    }

    @Test func itGoesOnInItsOwnListAlone() async throws {
        try await TestServer.run { test in
            let (_, _, lists) = try await lists(test)
            var cursors: [String] = []
            for list in lists {
                let first = try await page(list).expect(200)
                let cursor = try #require(first["next_cursor"]?.string, "\(list.path)")
                #expect(
                    cursor.utf8.allSatisfy {
                        "-_".utf8.contains($0) || UInt8(ascii: "0")...0x39 ~= $0 || 0x61...0x7A ~= $0 | 0x20
                    })
                // Another limit is the same list.
                for limit in [1, 2, 200] {
                    let next = try await page(list, cursor, limit: limit).expect(200)
                    let seen = (first["data"]?.array ?? []).compactMap { $0["id"] }
                    #expect(
                        next["data"]?.array?.first.map { seen.contains($0["id"] ?? .null) } == false, "\(list.path)")
                }
                cursors.append(cursor)
            }
            for (place, list) in lists.enumerated() {
                for (other, cursor) in cursors.enumerated() where other != place {
                    let answer = try await page(list, cursor).expect(422, "invalid_cursor")
                    #expect(answer.errors == ["/cursor invalid_cursor"], "\(lists[other].path) → \(list.path)")
                }
            }
        }
    }

    @Test func anotherOrganizationsIsRefused() async throws {
        try await TestServer.run { test in
            let (tenant, _, _) = try await lists(test)
            let other = try await test.tenant("Other")
            for _ in 0..<3 { _ = try await other.calendar() }
            let list = List(client: tenant, path: "calendars")
            let cursor = try #require(try await page(list).expect(200)["next_cursor"]?.string)
            try await page(List(client: other, path: "calendars"), cursor).expect(422, "invalid_cursor")
            // Another credential of the same organization reads on.
            let key = try await tenant.scoped("calendars:read")
            try await page(List(client: key, path: "calendars"), cursor).expect(200)
        }
    }

    /// What a filter says counts, and not how it is spelled.
    @Test func itGoesOnHoweverTheSameFilterIsSpelled() async throws {
        try await TestServer.run { test in
            let (tenant, calendars, _) = try await lists(test)
            let first = calendars[0]
            let spellings = [
                ["appointments?calendar_id=\(first)", "appointments?calendar_id=\(first.uppercased())"],
                ["calendars/\(first)/blackout-dates", "calendars/\(first.uppercased())/blackout-dates"],
                ["appointments", "appointments?timezone=UTC", "appointments?timezone=Europe/Berlin"],
                [
                    "appointments?calendar_id=\(first)&from=2026-11-01&to=2026-11-30",
                    "appointments?to=2026-11-30&from=2026-11-01&calendar_id=\(first)&timezone=UTC",
                    "appointments?calendar_id=\(first)&from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z",
                    "appointments?calendar_id=\(first)&from=2026-11-01T01:00:00%2B01:00&to=2026-11-30",
                ],
                ["appointments?status=confirmed,cancelled", "appointments?status=cancelled,confirmed"],
                ["appointments?status=confirmed", "appointments?status=confirmed,confirmed"],
            ]
            for paths in spellings {
                for path in paths {
                    let list = List(client: tenant, path: path)
                    let cursor = try #require(try await page(list).expect(200)["next_cursor"]?.string, "\(path)")
                    for other in paths { try await page(List(client: tenant, path: other), cursor).expect(200) }
                }
            }
        }
    }

    @Test func oneThatWasTamperedWithIsRefused() async throws {
        try await TestServer.run { test in
            let (tenant, calendars, _) = try await lists(test)
            let list = List(client: tenant, path: "calendars")
            let cursor = try #require(try await page(list).expect(200)["next_cursor"]?.string)
            let characters = Array(cursor)
            for place in characters.indices {
                var altered = characters
                altered[place] = altered[place] == "A" ? "B" : "A"
                try await page(list, String(altered)).expect(422, "invalid_cursor")
            }
            // What an earlier release answered was an item's id and nothing else.
            let id = try #require(ID(calendars[0]))
            let others = [
                cursor + "A", String(cursor.dropLast()), cursor + cursor, Base64URL.encode(id.bytes), calendars[0], "x",
            ]
            for other in others { try await page(list, other).expect(422, "invalid_cursor") }
        }
    }
}
