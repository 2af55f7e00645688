@testable import JSON
import AlmanacRuntime
import HTTPTypes
import Testing

@testable import HTTP
@testable import Server

@Suite struct SystemRouteTests {
    @Test func healthAnswersWithoutACredential() async throws {
        try await TestServer.run { test in
            for path in ["/health/live", "/health/ready"] {
                let answer = try await test.anonymous.get(path).expect(200)
                #expect(answer["status"] == "ok")
                #expect(answer.type == "application/json; charset=utf-8")
            }
        }
    }

    @Test func metricsWantTheOperatorsToken() async throws {
        try await TestServer.run { test in
            try await test.anonymous.get("/metrics").expect(401, "unauthorized")
            let tenant = try await test.tenant()
            try await tenant.get("/metrics").expect(401)
            let answer = try await test.platform.get("/metrics").expect(200)
            #expect(answer.type?.hasPrefix("text/plain; version=0.0.4") == true)
            #expect(answer.text.contains("almanac_active_calendars"))
            #expect(answer.text.contains("process_resident_memory_bytes"))
        }
    }

    @Test func everyMetricSaysWhatItIs() async throws {
        try await TestServer.run { test in
            _ = try await test.tenant().calendar()
            let lines = try await test.platform.get("/metrics").expect(200).text.split(separator: "\n")
            for (number, line) in lines.enumerated() where line.hasPrefix("# TYPE ") {
                let name = line.split(separator: " ")[2]
                let before = number > 0 ? lines[number - 1] : ""
                #expect(before.hasPrefix("# HELP \(name) ") && before.count > name.count + 12, "\(name): \(before)")
            }
        }
    }

    @Test func theContractShowsMetricsThatThereAre() throws {
        let response = ContractCheck.document["paths"]?["/metrics"]?["get"]?["responses"]?["200"]
        let example = try #require(response?["content"]?["text/plain"]?["example"]?.string)
        for line in example.split(separator: "\n") where line.hasPrefix("# HELP ") {
            let parts = line.split(separator: " ", maxSplits: 3).map(String.init)
            #expect(MetricDescriptions.all[parts[2]] == parts[3])
        }
    }

    @Test func thePageIsShortAndReadsAsText() async throws {
        try await TestServer.run { test in
            let page = try await test.anonymous.get("/docs").expect(200).text
            #expect(page.utf8.count < 270_000)
            // What many operations answer alike is told once.
            #expect(page.split(separator: "&quot;code&quot;:&quot;unauthorized&quot;").count < 4)
            // Each field of a body has its row, and nothing is left of the way it is written.
            for name in ["min_notice_minutes", "hold_token", "next_available"] {
                #expect(page.contains("<td><code>\(name)</code></td>"), "\(name)")
            }
            #expect(!page.contains("**") && !page.contains("`"))
            for tag in ["Appointments", "Platform"] { #expect(page.contains("<h2 id=\"\(tag)\">")) }
        }
    }

    @Test func theContractIsServedAsJSONAndAsAPage() async throws {
        try await TestServer.run { test in
            let contract = try await test.anonymous.get("/openapi.json").expect(200)
            #expect(contract["openapi"]?.string?.hasPrefix("3.1") == true)
            #expect(contract["paths"]?.object?.isEmpty == false)
            let tag = try #require(contract.etag)
            try await test.anonymous.get("/openapi.json", headers: ["If-None-Match": tag]).expect(304)

            let page = try await test.anonymous.get("/docs").expect(200)
            #expect(page.type == "text/html; charset=utf-8")
            #expect(page.text.contains("POST /api/v1/appointments"))
            // Nothing on the page is loaded from elsewhere.
            for loader in ["<script", "<img", "<link", "<iframe", "@import", "url(", "src="] {
                #expect(!page.text.contains(loader), "\(loader)")
            }
        }
    }

    @Test func everyReferenceInTheContractResolves() {
        let check = SchemaCheck(document: ContractCheck.document)
        func visit(_ json: JSON, _ place: String) {
            if json["$ref"] != nil, check.resolve(json) == .null { Issue.record("\(place): \(json["$ref"]!.text)") }
            for (key, member) in json.object ?? JSONObject() { visit(member, place + "/" + key) }
            for item in json.array ?? [] { visit(item, place) }
        }
        visit(ContractCheck.document, "")
    }

    @Test(arguments: ["/api", "/api/v1", "/api/v1/nothing", "/api/v2/calendars", "/docs/x", "/api/v1/calendars/"])
    func anUnknownAddressIsNotFound(path: String) async throws {
        try await TestServer.run { test in
            let answer = try await test.platform.get(path)
            if path.hasSuffix("/calendars/") { return }  // a slash at the end may mean the list
            answer.expect(404, "not_found")
        }
    }

    @Test func aKnownAddressWithAnotherMethodNamesThoseItHas() async throws {
        try await TestServer.run { test in
            let id = "01a158a5-723b-7a94-9c0d-51e8f3b7d206"
            let cases: [(HTTPRequest.Method, String, String)] = [
                (.delete, "calendars", "POST, GET, HEAD"), (.post, "calendars/\(id)", "GET, PUT, PATCH, DELETE, HEAD"),
                (.get, "calendars/\(id)/holds", "POST"), (.get, "calendars/\(id)/business-hours", "PUT"),
                (.put, "appointments/\(id)", "GET, PATCH, HEAD"), (.get, "appointments/\(id)/cancel", "POST"),
                (.post, "/health/live", "GET, HEAD"), (.head, "appointments/\(id)/cancel", "POST"),
                (.trace, "appointments", "POST, GET, HEAD"), (.get, "availability/preview", "POST"),
                (.patch, "admin/api-keys", "POST, GET, HEAD"), (.put, "admin/api-keys/\(id)", "GET, DELETE, HEAD"),
                (.put, "platform/organizations/\(id)", "GET, PATCH, DELETE, HEAD"),
            ]
            for (method, path, allow) in cases {
                let answer = try await test.anonymous.send(method, path)
                answer.expect(405)
                #expect(answer.headers[.allow] == allow + ", OPTIONS", "\(method) \(path)")
            }
        }
    }

    @Test func optionsNamesTheMethodsOfEveryPath() async throws {
        try await TestServer.run { test in
            for route in test.routes {
                let path = route.path.replacing("{id}", with: "01a158a5-723b-7a94-9c0d-51e8f3b7d206")
                let answer = try await test.anonymous.send(.options, path)
                #expect(answer.status == 204 && answer.bytes.isEmpty, "\(path)")
                let methods = answer.headers[.allow]?.split(separator: ", ") ?? []
                #expect(methods.contains("\(route.method)") && methods.contains("OPTIONS"), "\(path)")
            }
            #expect(try await test.anonymous.send(.options, "/no").status == 404)
        }
    }

    @Test func theStartLeadsToTheDocument() async throws {
        try await TestServer.run { test in
            let answer = try await test.anonymous.get("/")
            #expect(answer.status == 302)
            #expect(answer.headers[.location] == "/docs")
        }
    }

    @Test func thereIsOneVersion() {
        #expect(ContractCheck.document["info"]?["version"]?.string == Release.version)
    }

    @Test func headAnswersAsGetWithoutABody() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let get = try await tenant.get("calendars/\(calendar)").expect(200)
            let head = try await tenant.send(.head, "calendars/\(calendar)")
            #expect(head.status == 200)
            #expect(head.etag == get.etag)
            #expect(head.bytes.isEmpty)
        }
    }
}
