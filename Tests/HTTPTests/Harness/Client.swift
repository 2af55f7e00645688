@testable import JSON
import AlmanacRuntime
import HTTPTypes
import Scheduling
import Server
import Testing

@testable import HTTP

/// Someone who asks, with one credential.
struct Client: Sendable {
    let test: TestServer
    var token: String?
    /// The organization, where the credential is one's.
    var organization = ""

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ json: JSON? = nil, key: String? = nil,
        headers: [String: String] = [:], raw: [UInt8]? = nil
    ) async throws -> Answer {
        var fields: HTTPFields = [:]
        if let token { fields[.authorization] = "Bearer \(token)" }
        if let key { fields[Call.idempotencyKey] = key }
        for (name, value) in headers { fields[try #require(HTTPField.Name(name))] = value }
        let path = path.hasPrefix("/") ? path : "/api/v1/\(path)"
        return try await test.send(method, path, headers: fields, body: raw ?? json?.serialized())
    }

    func get(_ path: String, headers: [String: String] = [:]) async throws -> Answer {
        try await send(.get, path, headers: headers)
    }

    func post(
        _ path: String, _ json: JSON? = nil, key: String? = nil, headers: [String: String] = [:]
    ) async throws -> Answer { try await send(.post, path, json, key: key, headers: headers) }

    func put(_ path: String, _ json: JSON, headers: [String: String] = [:]) async throws -> Answer {
        try await send(.put, path, json, headers: headers)
    }

    func patch(_ path: String, _ json: JSON, headers: [String: String] = [:]) async throws -> Answer {
        try await send(.patch, path, json, headers: headers)
    }

    func delete(_ path: String, headers: [String: String] = [:]) async throws -> Answer {
        try await send(.delete, path, headers: headers)
    }
}

extension TestServer {
    var anonymous: Client { Client(test: self, token: nil) }
    var platform: Client { Client(test: self, token: Self.operatorToken) }

    /// A new organization's client, with every scope.
    func tenant(_ name: String = "Harbor Dental") async throws -> Client {
        let answer = try await platform.post("platform/organizations", ["name": .string(name)]).expect(201)
        return Client(
            test: self, token: try #require(answer["api_key"]?.string),
            organization: try #require(answer["id"]?.string)
        )
    }
}

extension Client {
    /// The same organization with another key that has these scopes only.
    func scoped(_ scopes: String...) async throws -> Client {
        let body: JSON = ["name": "scoped", "scopes": .array(scopes.map { .string($0) })]
        let answer = try await post("admin/api-keys", body).expect(201)
        return Client(test: test, token: try #require(answer["api_key"]?.string), organization: organization)
    }

    /// A JWT subject of the same organization.
    func member(_ subject: String, _ scopes: [String], lifetime: Int = 600) async throws -> Client {
        let jwt = try #require(test.server.configuration.jwt)
        let token = try await JWTMinter.mint(
            jwt, subject: subject, organization: organization, scopes: scopes, lifetime: lifetime
        )
        return Client(test: test, token: token, organization: organization)
    }

    /// A calendar that opens on weekdays from 09:00 to 17:00 UTC; `fields` replace or add settings.
    func calendar(_ fields: JSON = [:]) async throws -> String {
        let answer = try await post("calendars", Fixture.calendar.with(fields)).expect(201)
        return try #require(answer["id"]?.string)
    }

    func availability(
        _ calendar: String, from: String = "2026-11-02", to: String = "2026-11-02", _ more: String = "",
        headers: [String: String] = [:]
    ) async throws -> Answer {
        try await get("calendars/\(calendar)/availability?from=\(from)&to=\(to)\(more)", headers: headers)
    }

    func explain(_ calendar: String, at start: String, _ more: String = "") async throws -> Answer {
        try await get("calendars/\(calendar)/availability/explain?at=\(start)\(more)")
    }

    func book(
        _ calendar: String, _ start: String = Fixture.slot, _ fields: JSON = [:], key: String? = nil
    ) async throws -> Answer { try await post("appointments", Fixture.booking(calendar, start).with(fields), key: key) }

    func hold(
        _ calendar: String, _ start: String = Fixture.slot, _ fields: JSON = [:], key: String? = nil
    ) async throws -> Answer {
        let body: JSON = ["starts_at": .string(start)]
        return try await post("calendars/\(calendar)/holds", body.with(fields), key: key)
    }

    func cancel(_ appointment: String, _ fields: JSON = [:], key: String? = nil) async throws -> Answer {
        let body: JSON = ["cancelled_by": "host"]
        return try await post("appointments/\(appointment)/cancel", body.with(fields), key: key)
    }
}

/// Bodies with defaults.
enum Fixture {
    /// The first slot of a fixture calendar after the clock's start.
    static let slot = "2026-11-02T09:00:00Z"

    static let week: JSON = .array(
        ["monday", "tuesday", "wednesday", "thursday", "friday"].map {
            ["day_of_week": .string($0), "start": "09:00", "end": "17:00"]
        }
    )

    static let calendar: JSON = ["name": "Dr. Okafor", "timezone": "UTC", "business_hours": week]

    static func booking(_ calendar: String, _ start: String = slot) -> JSON {
        [
            "calendar_id": .string(calendar), "starts_at": .string(start),
            "contact": ["name": "Sam Rivera", "email": "sam@example.com"],
        ]
    }
}

extension JSON {
    /// This object with members replaced or added; null is a value like any other.
    func with(_ fields: JSON) -> JSON {
        var object = object ?? JSONObject()
        for (key, value) in fields.object ?? JSONObject() { object[key] = value }
        return .object(object)
    }

    func without(_ keys: String...) -> JSON {
        var object = object ?? JSONObject()
        for key in keys { object[key] = nil }
        return .object(object)
    }
}
