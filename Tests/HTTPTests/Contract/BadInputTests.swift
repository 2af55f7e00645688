@testable import JSON
import AlmanacRuntime
import HTTPTypes
import Testing

/// Whatever is sent is answered with a problem, never with a failure, and changes nothing.
@Suite struct BadInputTests {
    /// Bodies that are no JSON, and the code they are refused with.
    private static let bodies: [(String, [UInt8])] = [
        ("empty", []), ("blank", Array("  \n".utf8)), ("cut off", Array(#"{"name":"#.utf8)),
        ("bare word", Array("name".utf8)),
        ("trailing comma", Array(#"{"name":"x",}"#.utf8)), ("single quotes", Array("{'name':'x'}".utf8)),
        ("two values", Array("{}{}".utf8)), ("byte order mark", [0xEF, 0xBB, 0xBF] + Array("{}".utf8)),
        ("invalid UTF-8", Array(#"{"name":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8)),
        ("overlong UTF-8", Array(#"{"name":""#.utf8) + [0xC0, 0x80] + Array(#""}"#.utf8)),
        ("half a surrogate", Array(#"{"name":"\ud800"}"#.utf8)),
        ("raw control character", Array("{\"name\":\"a\nb\"}".utf8)),
        ("duplicate key", Array(#"{"name":"a","name":"b"}"#.utf8)), ("NaN", Array(#"{"capacity":NaN}"#.utf8)),
        ("leading zero", Array(#"{"capacity":01}"#.utf8)), ("comment", Array("{/* */}".utf8)),
        ("UTF-16", [0xFF, 0xFE, 0x7B, 0, 0x7D, 0]),
        ("deep arrays", Array(repeating: UInt8(ascii: "["), count: 1_000)),
        (
            "deep, closed",
            Array(repeating: UInt8(ascii: "["), count: 1_000) + Array(repeating: UInt8(ascii: "]"), count: 1_000)
        ),
        ("deep objects", Array(String(repeating: #"{"a":"#, count: 1_000).utf8)),
        ("very deep", Array(repeating: UInt8(ascii: "["), count: 900_000)),
    ]

    private static let writes: [(HTTPRequest.Method, String)] = [
        (.post, "platform/organizations"), (.patch, "platform/organizations/{org}"), (.post, "admin/api-keys"),
        (.post, "calendars"), (.put, "calendars/{calendar}"), (.patch, "calendars/{calendar}"),
        (.put, "calendars/{calendar}/business-hours"), (.post, "calendars/{calendar}/holds"),
        (.post, "availability/preview"), (.post, "appointments"), (.patch, "appointments/{appointment}"),
        (.post, "appointments/{appointment}/cancel"),
    ]

    /// Sends to every write route and expects that nothing was written.
    private func onEveryWrite(_ body: (Client, HTTPRequest.Method, String) async throws -> Void) async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let appointment = try #require(try await tenant.book(calendar).expect(201)["id"]?.string)
            let before = try await test.rowCounts()
            for (method, template) in Self.writes {
                let path = template.replacing("{calendar}", with: calendar).replacing(
                    "{appointment}", with: appointment
                )
                .replacing("{org}", with: tenant.organization)
                try await body(template.hasPrefix("platform") ? test.platform : tenant, method, path)
            }
            #expect(try await test.rowCounts() == before)
            #expect(try await tenant.get("calendars/\(calendar)")["version"] == 1)
            #expect(try await tenant.get("appointments/\(appointment)")["version"] == 1)
        }
    }

    @Test func aBodyThatIsNoJSONIsRefused() async throws {
        try await onEveryWrite { client, method, path in
            for (name, bytes) in Self.bodies where !(name == "empty" && path.hasSuffix("/cancel")) {
                let answer = try await client.send(method, path, raw: bytes)
                if answer.status != 400 || answer.code != "malformed_json" { Issue.record("\(name): \(answer.text)") }
            }
        }
    }

    @Test func aBodyThatIsNoObjectIsRefused() async throws {
        try await onEveryWrite { client, method, path in
            for json: JSON in [[], "text", 5, nil, true, [[:]]] {
                let answer = try await client.send(method, path, json)
                #expect(answer.expect(422, "validation_failed").errors == [" type"], "\(path) \(json.text)")
            }
        }
    }

    @Test func anUnknownFieldIsRefused() async throws {
        try await onEveryWrite { client, method, path in
            for key in ["nope", "Name", "__proto__", "na\u{301}me", "\u{0}"] {
                let answer = try await client.send(method, path, .object(JSONObject([(key, 1)])))
                answer.expect(422, "validation_failed")
                #expect(answer.errors.contains("/\(key) unknown_field"), "\(path) \(answer.text)")
            }
        }
    }

    @Test func aBodyOfAnotherMediaTypeIsRefused() async throws {
        try await onEveryWrite { client, method, path in
            for type in [
                "text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                "application/jsonx", "json", "*/*",
            ] {
                try await client.send(method, path, [:], headers: ["Content-Type": type])
                    .expect(415, "unsupported_media_type")
            }
        }
    }

    @Test func aBodyOverTheLimitIsRefused() async throws {
        try await onEveryWrite { client, method, path in
            let big =
                Array(#"{"name":""#.utf8) + Array(repeating: UInt8(ascii: "x"), count: 1_048_576) + Array(#""}"#.utf8)
            try await client.send(method, path, raw: big).expect(413, "body_too_large")
            try await client.send(method, path, [:], headers: ["Content-Length": "99999999"]).expect(
                413, "body_too_large")
        }
    }

    @Test func aWeirdIdempotencyKeyIsRefused() async throws {
        try await onEveryWrite { client, method, path in
            guard method == .post, path != "availability/preview" else { return }
            for key in ["", " ", "a b", "\u{7f}", "é", String(repeating: "k", count: 256)] {
                let body = Fixture.minimal(path)
                let answer = try await client.send(method, path, body, headers: ["Idempotency-Key": key])
                #expect(answer.expect(422).errors == ["/Idempotency-Key invalid_value"], "\(path) \(key)")
            }
        }
    }

    @Test func hostileValuesAreRefusedByField() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let before = try await test.rowCounts()
            let instants: [JSON] = [
                "2026-11-02", "2026-11-02T09:00:00", "2026-11-02T09:00Z", "2026-02-30T09:00:00Z",
                "2026-13-01T09:00:00Z",
                "2026-11-02T25:00:00Z", "2026-11-02T09:60:00Z", "10000-01-01T00:00:00Z", "+010000-01-01T00:00:00Z",
                "-0001-01-01T00:00:00Z",
                "2026-11-02T09:00:00+25:00", "2026-11-02T09:00:00+0100", "2026-11-02 09:00:00", "now", "",
                " 2026-11-02T09:00:00Z",
                "2026-11-02T09:00:00Z\u{0}", "2026-11-02T09:00:00.Z", "２０２６-11-02T09:00:00Z", 1_762_074_000, nil, [],
                .string(String(repeating: "9", count: 10_000)),
            ]
            for instant in instants {
                let code = instant == .null ? "required" : instant.string == nil ? "type" : "invalid_instant"
                let body = Fixture.booking(calendar).with(["starts_at": instant])
                let booking = try await tenant.post("appointments", body)
                #expect(booking.expect(422).errors == ["/starts_at \(code)"], "\(instant.text.prefix(80))")
                let hold = try await tenant.post("calendars/\(calendar)/holds", ["starts_at": instant])
                #expect(hold.expect(422).errors == ["/starts_at \(code)"], "\(instant.text.prefix(80))")
            }
            let numbers = [
                "1e400", "-1e400", "99999999999999999999999999", "1e-400", "0.5", "-0", "9223372036854775808",
                "30.0000001",
            ]
            for number in numbers {
                let raw = Array(#"{"starts_at":"\#(Fixture.slot)","duration_minutes":\#(number)}"#.utf8)
                let answer = try await tenant.send(.post, "calendars/\(calendar)/holds", raw: raw)
                #expect(answer.expect(422).errors.first?.hasPrefix("/duration_minutes ") == true, "\(number)")
            }
            #expect(try await test.rowCounts() == before)
        }
    }
}

extension Fixture {
    /// A body that a POST to the path would take.
    static func minimal(_ path: String) -> JSON {
        switch path {
        case "platform/organizations": ["name": "x"]
        case "admin/api-keys": ["name": "x", "scopes": ["admin"]]
        case "calendars": calendar
        case "appointments": booking("01a158a5-723b-7a94-9c0d-51e8f3b7d206", "2026-11-02T10:00:00Z")
        default: path.hasSuffix("/holds") ? ["starts_at": "2026-11-02T10:00:00Z"] : ["cancelled_by": "host"]
        }
    }
}
