@testable import SQL
@testable import JSON
import AlmanacRuntime
import Testing

@Suite struct RequestHeaderTests {
    @Test(arguments: ["abc", "A.b_c-1", "01a158a5-723b-7a94-9c0d-51e8f3b7d206", String(repeating: "x", count: 128)])
    func aSaneRequestIDIsTakenOver(id: String) async throws {
        try await TestServer.run { test in
            #expect(try await test.anonymous.get("/health/live", headers: ["X-Request-Id": id]).requestID == id)
            let problem = try await test.anonymous.get("calendars", headers: ["X-Request-Id": id]).expect(401)
            #expect(problem["request_id"] == .string(id))
            let tenant = try await test.tenant()
            _ = try await tenant.post("calendars", Fixture.calendar, headers: ["X-Request-Id": id]).expect(201)
            let audit = try await test.query("SELECT request_id FROM audit_log ORDER BY id DESC LIMIT 1")
            #expect(try audit.first?.text(0) == id)
        }
    }

    @Test(arguments: ["", " ", "a b", "a\"b", "<script>", "é", "a;b", String(repeating: "x", count: 129)])
    func anInsaneRequestIDIsReplaced(id: String) async throws {
        try await TestServer.run { test in
            let answer = try await test.anonymous.get("/health/live", headers: ["X-Request-Id": id])
            #expect(answer.requestID != id)
            #expect(answer["request_id"] == nil && answer.requestID?.isEmpty == false)
        }
    }

    @Test func strangeHeadersDoNoHarm() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let headers: [[String: String]] = [
                ["Accept": "text/html"], ["Accept": "application/json;q=0"], ["Accept-Encoding": "br"],
                ["If-None-Match": ""],
                ["If-None-Match": "\"unclosed"], ["If-Modified-Since": "yesterday"], ["Range": "bytes=0-1"],
                ["Cookie": "a=b"],
                ["X-Forwarded-For": "'; DROP TABLE calendars"], ["traceparent": "junk"], ["Content-Type": "text/plain"],
                ["Content-Length": "x"], ["Host": "evil"], ["X-HTTP-Method-Override": "DELETE"],
                ["Expect": "100-continue"],
            ]
            for header in headers { try await tenant.get("calendars/\(calendar)", headers: header).expect(200) }
            try await tenant.post(
                "calendars", Fixture.calendar, headers: ["Content-Type": "application/json; charset=UTF-8"]
            )
            .expect(201)
            try await tenant.post("calendars", Fixture.calendar, headers: ["Content-Type": "Application/JSON"]).expect(
                201)
            try await tenant.post("calendars", Fixture.calendar, headers: ["Content-Type": ""]).expect(201)
        }
    }
}
