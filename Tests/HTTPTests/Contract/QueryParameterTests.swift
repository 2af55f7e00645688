@testable import JSON
import AlmanacRuntime
import HTTPTypes
import Testing

@testable import HTTP

/// What a query may say, on every route there is.
@Suite struct QueryParameterTests {
    /// Every documented operation: its route, an address of it, its scope.
    private static var operations: [(method: HTTPRequest.Method, route: String, path: String, scope: String)] {
        var all: [(HTTPRequest.Method, String, String, String)] = []
        for (path, item) in ContractCheck.document["paths"]?.object ?? JSONObject() {
            for (name, operation) in item.object ?? JSONObject() where operation["operationId"] != nil {
                let concrete = path.replacing(#/\{[a-z_]*id\}/#, with: "01a158a5-723b-7a94-9c0d-51e8f3b7d206")
                    .replacing("{hold_token}", with: "token").replacing("{secret}", with: "shr_x")
                if let method = HTTPRequest.Method(name.uppercased()) {
                    all.append((method, "\(method.rawValue) \(path)", concrete, operation["x-scope"]?.string ?? "none"))
                }
            }
        }
        return all
    }

    /// The names of an operation's parameters in the query, as the contract has them.
    private static func documented(_ route: String) -> Set<String> {
        let parts = route.split(separator: " ", maxSplits: 1)
        let item = ContractCheck.document["paths"]?[String(parts[1])]
        let schemas = SchemaCheck(document: ContractCheck.document)
        let all = (item?["parameters"]?.array ?? []) + (item?[parts[0].lowercased()]?["parameters"]?.array ?? [])
        return Set(all.map(schemas.resolve).filter { $0["in"] == "query" }.compactMap { $0["name"]?.string })
    }

    @Test func routesTakeTheParametersThatTheContractLists() async throws {
        try await TestServer.run { test in
            for route in test.routes {
                #expect(Set(route.query.names) == Self.documented(route.name), "\(route.name)")
            }
        }
    }

    @Test func everyRouteRefusesAParameterItDoesNotKnow() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let before = try await test.rowCounts()
            for (method, route, path, scope) in Self.operations {
                let client = scope == "operator" ? test.platform : scope == "none" ? test.anonymous : tenant
                let body: JSON? = [.post, .put, .patch].contains(method) ? [:] : nil
                for query in ["limti=5", "x", "%6Cimti=1&limit=", "LIMIT=3", "\u{e9}=1"] {
                    let query = query == "\u{e9}=1" ? "%C3%A9=1" : query
                    let answer = try await client.send(method, "\(path)?\(query)", body)
                    answer.expect(422, "unknown_parameter")
                    let error = answer["errors"]?.array?.first
                    #expect(error?["code"] == "unknown_parameter", "\(route)")
                    let isList = Self.documented(route).contains("limit")
                    if isList, query == "limti=5" {
                        #expect(error?["pointer"] == "/limti" && answer["detail"]?.string?.contains("limit") == true)
                        #expect(error?["message"]?.string?.contains("the nearest is limit") == true, "\(route)")
                    }
                }
            }
            #expect(try await test.rowCounts() == before)
        }
    }

    @Test func whoShowsNoCredentialIsToldThatFirst() async throws {
        try await TestServer.run { test in
            for (method, _, path, scope) in Self.operations where scope != "none" {
                try await test.anonymous.send(method, path + "?x=1").expect(401, "unauthorized")
                let wrong = scope == "operator" ? try await test.tenant() : test.platform
                try await wrong.send(method, path + "?x=1").expect(401, "unauthorized")
            }
        }
    }

    @Test(arguments: [
        ("limit=5&limit=5", "invalid_query", ["/limit duplicate"]),
        ("limit=1&%6cimit=2", "invalid_query", ["/limit duplicate"]),
        ("limit=1&limit=2&limit=3&cursor=x&cursor=x", "invalid_query", ["/cursor duplicate", "/limit duplicate"]),
        ("limit=%zz", "invalid_query", ["/limit invalid_encoding"]),
        ("limit=5%", "invalid_query", ["/limit invalid_encoding"]),
        ("limit=%f", "invalid_query", ["/limit invalid_encoding"]),
        ("cursor=%ff%fe", "invalid_query", ["/cursor invalid_encoding"]),
        ("limit", "invalid_query", ["/limit out_of_range"]), ("limit=", "invalid_query", ["/limit out_of_range"]),
        ("limit=+5", "invalid_query", ["/limit out_of_range"]),
        ("limit=%205", "invalid_query", ["/limit out_of_range"]),
        ("limit=5.0", "invalid_query", ["/limit out_of_range"]),
        ("limit=\u{665}", "invalid_query", ["/limit out_of_range"]),
        ("cursor=", "invalid_cursor", ["/cursor invalid_cursor"]),
        ("cursor=%00", "invalid_cursor", ["/cursor invalid_cursor"]),
        ("limit=0&cursor=x", "invalid_query", ["/cursor invalid_cursor", "/limit out_of_range"]),
        ("=5", "unknown_parameter", ["/ unknown_parameter"]),
        ("=", "unknown_parameter", ["/ unknown_parameter"]), ("limit=5?", "invalid_query", ["/limit out_of_range"]),
        ("a=1&b=2", "unknown_parameter", ["/a unknown_parameter", "/b unknown_parameter"]),
        ("a/b~=1", "unknown_parameter", ["/a~1b~0 unknown_parameter"]),
    ])
    func whatIsWrongIsNamed(query: String, code: String, errors: [String]) async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            for path in ["calendars", "appointments", "admin/members"] {
                let answer = try await tenant.get("\(path)?\(query)").expect(422, code)
                #expect(answer.errors == errors)
            }
        }
    }

    @Test func whatIsWellIsTaken() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            for query in ["", "limit=5", "&limit=5&", "%6cimit=%35", "limit=007"] {
                try await tenant.get("calendars?\(query)").expect(200)
            }
            let slots = "calendars/\(calendar)/availability?timezone=Europe%2FBerlin"
            for from in ["2026-11-02T00:00:00+01:00", "2026-11-02T00:00:00%2B01:00", "2026-11-02"] {
                try await tenant.get("\(slots)&from=\(from)&to=2026-11-03").expect(200)
            }
            try await tenant.get("\(slots)&from=2026-11-02&to=2026-11-03&group_by=day&duration_minutes=30").expect(200)
        }
    }

    @Test func aLongQueryIsAnsweredShortly() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let query = (0..<5_000).map { "x\($0)=" }.joined(separator: "&")
            let many = try await tenant.get("calendars?\(query)").expect(422, "unknown_parameter")
            #expect(many["errors"]?.array?.count == 100)
            let long = String(repeating: "%C3%A9", count: 10_000)
            let one = try await tenant.get("calendars?\(long)=1").expect(422, "unknown_parameter")
            #expect(one.bytes.count < 1_000)
        }
    }
}
