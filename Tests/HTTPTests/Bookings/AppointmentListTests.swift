@testable import JSON
import AlmanacRuntime
import Testing

@Suite struct AppointmentListTests {
    private func ids(_ client: Client, _ query: String) async throws -> [String] {
        try await client.get("appointments?\(query)").expect(200)["data"]?.array?.compactMap { $0["id"]?.string } ?? []
    }

    @Test func filtersNarrowTheList() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let one = try await tenant.calendar(["timezone": "America/New_York"])
            let two = try await tenant.calendar()
            let kim: JSON = ["contact": ["name": "Kim", "email": "kim@example.com"]]
            var made: [String] = []
            for (calendar, start, fields) in [
                (one, "2026-11-02T14:00:00Z", [:]), (one, "2026-11-02T15:00:00Z", kim),
                (one, "2026-11-03T14:00:00Z", [:]),
                (two, "2026-11-02T09:00:00Z", kim), (two, "2026-11-04T09:00:00Z", [:]),
            ] as [(String, String, JSON)] {
                made.append(try #require(try await tenant.book(calendar, start, fields).expect(201)["id"]?.string))
            }
            try await tenant.cancel(made[2]).expect(200)
            let contact = try #require(try await tenant.get("appointments/\(made[1])")["contact"]?["id"]?.string)
            let cases: [(String, [Int])] = [
                ("", [0, 1, 2, 3, 4]), ("calendar_id=\(one)", [0, 1, 2]), ("contact_id=\(contact)", [1, 3]),
                ("status=cancelled", [2]), ("status=confirmed", [0, 1, 3, 4]),
                ("status=cancelled,confirmed", [0, 1, 2, 3, 4]),
                ("status=pending", []), ("calendar_id=\(one)&status=confirmed&contact_id=\(contact)", [1]),
                ("from=2026-11-03", [2, 4]), ("to=2026-11-02", [0, 1, 3]),
                ("from=2026-11-02&to=2026-11-02", [0, 1, 3]),
                ("from=2026-11-02T14:00:00Z&to=2026-11-02T15:00:00Z", [0]), ("from=2026-11-02T14:00:01Z", [1, 2, 4]),
                ("from=2026-11-02&to=2026-11-02&timezone=Asia/Tokyo", [0, 3]),
                ("from=2026-11-02T15:00:00Z&to=2026-11-02T15:00:00Z", []),
                ("from=2026-01-01&to=2030-01-01", [0, 1, 2, 3, 4]),
                ("calendar_id=01a158a5-723b-7a94-9c0d-51e8f3b7d206", []),
                ("contact_id=01a158a5-723b-7a94-9c0d-51e8f3b7d206&from=2026-11-02", []),
                ("calendar_id=01a158a5-723b-7a94-9c0d-51e8f3b7d206&from=2026-11-02", []),
            ]
            for (query, expected) in cases {
                #expect(try await ids(tenant, query) == expected.map { made[$0] }, "\(query)")
            }
        }
    }

    @Test func pagesFollowOneAnotherWithoutGapOrRepeat() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["capacity": 60])
            var made: [String] = []
            for _ in 0..<53 { made.append(try #require(try await tenant.book(calendar).expect(201)["id"]?.string)) }
            #expect(try await ids(tenant, "") == Array(made.prefix(50)))
            #expect(try await ids(tenant, "limit=200") == made)
            for limit in [1, 7, 53] {
                var seen: [String] = []
                var cursor = ""
                repeat {
                    let page = try await tenant.get("appointments?limit=\(limit)\(cursor)&calendar_id=\(calendar)")
                        .expect(200)
                    let data = page["data"]?.array ?? []
                    #expect(data.count <= limit)
                    seen += data.compactMap { $0["id"]?.string }
                    cursor = page["next_cursor"]?.string.map { "&cursor=\($0)" } ?? ""
                } while !cursor.isEmpty
                #expect(seen == made, "\(limit)")
            }
        }
    }

    @Test func queriesAreCheckedWithAllErrorsAtOnce() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let cases: [(String, [String])] = [
                (
                    "limit=0&cursor=!&calendar_id=x&contact_id=y&status=gone&from=z&to=2026-02-30&timezone=w",
                    [
                        "/calendar_id invalid_id", "/contact_id invalid_id", "/cursor invalid_cursor",
                        "/from invalid_range",
                        "/limit out_of_range", "/status invalid_value", "/timezone invalid_timezone",
                        "/to invalid_range",
                    ]
                ),
                ("from=2026-11-03&to=2026-11-02", ["/to before_start"]), ("status=", ["/status invalid_value"]),
                ("from=2026-11-02T10:00:00Z&to=2026-11-02T09:00:00Z", ["/to before_start"]),
                ("status=confirmed,,pending", ["/status invalid_value"]),
                ("status=confirmed&status=pending", ["/status duplicate"]),
                ("limit=99999999999999999999", ["/limit out_of_range"]), ("calendar_id=", ["/calendar_id invalid_id"]),
            ]
            for (query, errors) in cases {
                #expect(
                    try await tenant.get("appointments?\(query)").expect(422, "invalid_query").errors == errors,
                    "\(query)")
            }
            let cursor = "cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            #expect(
                try await tenant.get("appointments?\(cursor)").expect(422, "invalid_cursor").errors == [
                    "/cursor invalid_cursor"
                ])
        }
    }
}
