@testable import JSON
import AlmanacRuntime
import Foundation
import HTTPTypes
import NIOCore
import Testing

@testable import HTTP

/// What browsers and compressing clients get.
@Suite struct BrowserTests {
    private static let origins = "https://app.example.com, https://*.example.org"

    private func cors(_ answer: Answer, _ name: String) throws -> String? {
        answer.headers[try #require(HTTPField.Name("Access-Control-" + name))]
    }

    @Test func pagesOfTheConfiguredOriginsMayReadAnswers() async throws {
        try await TestServer.run(settings: ["http.cors.origins": Self.origins]) { test in
            for (origin, isAllowed) in [
                ("https://app.example.com", true), ("https://a.example.org", true), ("https://a.b.example.org", true),
                ("https://example.org", false), ("http://app.example.com", false), ("null", false),
                ("https://app.example.com.evil.example", false), ("https://evil.example/.example.org", false),
                ("https://app.example.com:8443", false), ("", false),
            ] {
                for path in ["calendars", "/no", "/health/live"] {
                    let answer = try await test.anonymous.get(path, headers: ["Origin": origin])
                    #expect(try cors(answer, "Allow-Origin") == (isAllowed ? origin : nil), "\(origin) \(path)")
                    #expect(answer.headers[.vary]?.contains("Origin") == true)
                    #expect(try cors(answer, "Allow-Credentials") == nil)
                    let exposed = try cors(answer, "Expose-Headers") ?? ""
                    for name in ["ETag", "Location", "RateLimit", "Idempotent-Replayed", "X-Request-Id"] where isAllowed
                    {
                        #expect(exposed.contains(name))
                    }
                }
            }
            #expect(try await test.anonymous.get("/health/live").headers[.vary]?.contains("Origin") == true)
        }
    }

    @Test func aPreflightIsAnswered() async throws {
        try await TestServer.run(settings: ["http.cors.origins": Self.origins]) { test in
            let headers = [
                "Origin": "https://app.example.com", "Access-Control-Request-Method": "PATCH",
                "Access-Control-Request-Headers": "authorization, if-match",
            ]
            let path = "calendars/01a158a5-723b-7a94-9c0d-51e8f3b7d206"
            let answer = try await test.anonymous.send(.options, path, headers: headers)
            #expect(answer.status == 204)
            #expect(try cors(answer, "Allow-Origin") == "https://app.example.com")
            #expect(try cors(answer, "Allow-Methods")?.contains("PATCH") == true)
            let allowed = try cors(answer, "Allow-Headers") ?? ""
            for name in ["Authorization", "Content-Type", "If-Match", "Idempotency-Key"] {
                #expect(allowed.contains(name))
            }
            #expect(try cors(answer, "Max-Age").flatMap(Int.init) ?? 0 > 0)
        }
    }

    @Test func withoutOriginsOnlyWhatIsPublicIsReadByOthers() async throws {
        try await TestServer.run { test in
            let headers = ["Origin": "https://any.example"]
            #expect(try cors(try await test.anonymous.get("calendars", headers: headers), "Allow-Origin") == nil)
            let open = try await test.anonymous.get("public/shares/nonsense", headers: headers)
            #expect(try cors(open, "Allow-Origin") == "*")
            #expect(try cors(open, "Allow-Credentials") == nil)
        }
        try await TestServer.run(settings: ["http.cors.origins": "*"]) { test in
            let answer = try await test.anonymous.get("calendars", headers: ["Origin": "https://any.example"])
            #expect(try cors(answer, "Allow-Origin") == "*")
        }
    }

    @Test(arguments: [
        "app.example.com", "https://", "https://a b", "https://*", "ftp://a.example", "https://a.example/x",
    ])
    func whatIsNoOriginIsRefused(text: String) { #expect(Origins(text) == nil) }

    // MARK: Compression

    @Test func whoTakesGzipGetsItAndNobodyElse() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let path = "calendars/\(calendar)/availability?from=2026-11-02&to=2026-11-20"
            let plain = try await tenant.get(path).expect(200)
            #expect(plain.bytes.count > 1_024)
            #expect(plain.headers[.contentEncoding] == nil)
            #expect(plain.headers[.vary]?.contains("Accept-Encoding") == true)
            let packed = try await tenant.get(path, headers: ["Accept-Encoding": "br, gzip;q=0.8"])
            #expect(packed.headers[.contentEncoding] == "gzip")
            #expect(packed.headers[.contentLength] == String(packed.bytes.count))
            #expect(packed.bytes.count < plain.bytes.count / 2)
            #expect(packed.bytes.starts(with: [0x1F, 0x8B]))
            #expect(packed.etag != plain.etag)
            // Asked again it comes from the cache, and is the same.
            #expect(try await tenant.get(path, headers: ["Accept-Encoding": "gzip"]).bytes == packed.bytes)
            // Either tag is known by either.
            for tag in [plain.etag, packed.etag] {
                for coding in ["gzip", "identity"] {
                    let headers = ["If-None-Match": try #require(tag), "Accept-Encoding": coding]
                    #expect(try await tenant.get(path, headers: headers).status == 304)
                }
            }
            let small = try await test.anonymous.get("/health/live", headers: ["Accept-Encoding": "gzip"])
            #expect(small.headers[.contentEncoding] == nil)
        }
    }

    @Test func aTagOfACompressedAnswerCountsInAChange() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["description": .string(String(repeating: "x", count: 1_500))])
            let read = try await tenant.get("calendars/\(calendar)", headers: ["Accept-Encoding": "gzip"])
            let tag = try #require(read.etag)
            #expect(tag.hasSuffix("-gzip\""))
            let change: JSON = ["name": "Changed"]
            try await tenant.patch("calendars/\(calendar)", change, headers: ["If-Match": tag]).expect(200)
            try await tenant.patch("calendars/\(calendar)", change, headers: ["If-Match": tag]).expect(412)
        }
    }

    /// RFC 9110 §9.3.2: what GET would say, but for the body.
    @Test func headSaysWhatGetWouldSay() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            for path in [
                "/docs", "/health/live", "calendars/\(calendar)/availability?from=2026-11-02&to=2026-11-20",
                "calendars",
                "calendars/\(calendar)", "/no",
            ] {
                for coding in ["gzip", "identity"] {
                    let get = try await tenant.get(path, headers: ["Accept-Encoding": coding])
                    let head = try await tenant.send(.head, path, headers: ["Accept-Encoding": coding])
                    #expect(head.status == get.status && head.bytes.isEmpty)
                    for name in [
                        HTTPField.Name.eTag, .vary, .contentEncoding, .contentLength, .contentType, .cacheControl,
                    ] {
                        // A problem names its own request.
                        if get.status == 404, name == .contentLength { continue }
                        #expect(head.headers[name] == get.headers[name], "\(name) of \(path), \(coding)")
                    }
                }
            }
        }
    }

    @Test func aLongAnswerIsCompressedAsItGoesOut() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar(["slot_duration_minutes": 1, "horizon_days": 366])
            let path = "calendars/\(calendar)/availability?from=2026-11-02&to=2026-12-15"
            let plain = try await tenant.get(path).expect(200)
            #expect(plain.bytes.count > 1_048_576)
            #expect(plain.headers[.vary]?.contains("Accept-Encoding") == true)
            let packed = try await tenant.get(path, headers: ["Accept-Encoding": "gzip"]).expect(200)
            #expect(packed.headers[.contentEncoding] == "gzip")
            #expect(packed.headers[.contentLength] == nil)
            #expect(packed.bytes.count < plain.bytes.count / 4)
            #expect(try Self.inflated(packed.bytes) == plain.bytes)
            let tag = try #require(packed.etag)
            #expect(tag.hasSuffix("-gzip\"") && plain.etag.map { tag.hasPrefix($0.dropLast()) } == true)
            let headers = ["Accept-Encoding": "gzip", "If-None-Match": tag]
            #expect(try await tenant.get(path, headers: headers).expect(304).etag == tag)
            let head = try await tenant.send(.head, path, headers: ["Accept-Encoding": "gzip"])
            #expect(head.etag == tag && head.bytes.isEmpty)
        }
    }

    private static func inflated(_ bytes: [UInt8]) throws -> [UInt8] {
        let program = Process()
        program.executableURL = URL(filePath: "/usr/bin/env")
        program.arguments = ["gzip", "-dc"]
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data(bytes).write(to: folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = Pipe()
        program.standardInput = try FileHandle(forReadingFrom: folder)
        program.standardOutput = output
        try program.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        program.waitUntilExit()
        #expect(program.terminationStatus == 0)
        return Array(data)
    }

    @Test(arguments: [
        ("gzip", true), ("GZIP", true), ("x-gzip", true), ("*", true), ("deflate, gzip;q=1.0, *;q=0.5", true),
        ("gzip;q=0.001", true), ("gzip; q=0.5", true), ("gzip;q=0", false), ("gzip;q=0.000", false), ("", false),
        ("identity", false), ("br", false), ("*;q=0", false), ("gzip;q=0, *", false), ("gzip;q=0.5, identity", false),
        ("identity;q=0.5, gzip", true), ("gzip;q=x", false), ("gzipped", false), ("gzip;q=-1", false),
    ])
    func theWeightsCount(header: String, isPreferred: Bool) {
        #expect(AcceptEncoding(header).prefersGzip == isPreferred)
    }

    @Test func theCacheIsBounded() {
        let cache = GzipCache(limit: 10_000)
        func key(_ number: Int) -> GzipCache.Key { .init(target: [UInt8(number)], tag: []) }
        for number in 0..<20 { cache.keep(ByteBuffer(repeating: 1, count: 1_000), for: key(number)) }
        #expect((0..<20).count { cache.find(key($0)) != nil } <= 10)
        #expect(cache.find(key(19)) != nil)
        cache.keep(ByteBuffer(repeating: 1, count: 6_000), for: key(50))
        #expect(cache.find(key(50)) == nil)
    }

    // MARK: Challenges and addresses

    @Test func aChallengeTellsWhatIsMissing() async throws {
        try await TestServer.run { test in
            func challenge(_ answer: Answer) -> String { answer.headers[.wwwAuthenticate] ?? "" }
            #expect(challenge(try await test.anonymous.get("calendars")) == "Bearer realm=\"almanac\"")
            for token in ["alm_live_nonsense", "a.b.c"] {
                let answer = try await test.anonymous.get("calendars", headers: ["Authorization": "Bearer \(token)"])
                #expect(challenge(answer).contains("error=\"invalid_token\", error_description=\""))
            }
            let poor = try await test.tenant().scoped("calendars:read")
            let refused = try await poor.post("calendars", Fixture.calendar).expect(403, "insufficient_scope")
            #expect(challenge(refused).contains("error=\"insufficient_scope\""))
            #expect(challenge(refused).hasSuffix("scope=\"calendars:write\""))
            #expect(challenge(try await test.tenant().get("/metrics")).contains("invalid_token"))
        }
    }

    /// Whatever a 201 says to be somewhere can be read there by who made it.
    @Test func everyLocationCanBeRead() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            func read(_ made: Answer, by client: Client, _ what: String) async throws -> Answer {
                made.expect(201)
                let location = try #require(made.headers[.location], "\(what)")
                return try await client.get(location).expect(200)
            }
            let organization = try await test.platform.post("platform/organizations", ["name": "Other"])
            _ = try await read(organization, by: test.platform, "organization")
            let key = try await test.platform.post("platform/organizations/\(tenant.organization)/api-keys")
            _ = try await read(key, by: test.platform, "key")
            let bodies: [(String, JSON)] = [
                ("calendars", Fixture.calendar), ("appointments", Fixture.booking(calendar)),
                ("admin/api-keys", ["name": "k", "scopes": ["calendars:read"]]),
                ("admin/members", ["subject": "kate", "name": "Kate"]),
                ("admin/teams", ["name": "Team", "member_ids": []]),
                ("calendars/\(calendar)/shares", ["grantee_type": "link", "permission": "view"]),
                ("calendars/\(calendar)/buffer-times", ["kind": "before", "minutes": 15]),
                (
                    "calendars/\(calendar)/break-times",
                    ["kind": "one_time", "date": "2026-11-03", "start": "15:00", "end": "15:30"]
                ),
                (
                    "calendars/\(calendar)/break-times/recurring",
                    ["rrule": "FREQ=WEEKLY;BYDAY=MO", "starts_on": "2026-11-02", "start": "12:00", "end": "12:30"]
                ),
                ("calendars/\(calendar)/blackout-dates", ["starts_on": "2026-12-24", "ends_on": "2026-12-26"]),
                (
                    "calendars/\(calendar)/availability-rules",
                    ["kind": "fixed", "date": "2026-11-11", "intervals": [["start": "12:00", "end": "15:00"]]]
                ),
            ]
            for (path, body) in bodies { _ = try await read(try await tenant.post(path, body), by: tenant, path) }
            let placed = try await tenant.hold(calendar, "2026-11-02T11:00:00Z")
            let held = try await read(placed, by: tenant, "hold")
            #expect(held.json == placed.json)
            let token = try #require(placed["hold_token"]?.string)
            test.clock.advance(seconds: 6 * 60)
            try await tenant.get("calendars/\(calendar)/holds/\(token)").expect(404)
            try await tenant.get("calendars/\(calendar)/holds/nonsense").expect(404)
            // Another tenant sees nothing of it.
            try await test.tenant("Other").get("calendars/\(calendar)/holds/\(token)").expect(404)
        }
    }
}
