@testable import JSON
import AlmanacRuntime
import Scheduling
import TenantActors
import Testing

@testable import HTTP

/// A calendar of ada's, and somebody it may be given to.
struct SharingFixture {
    static let everyScope = [
        "calendars:read", "calendars:write", "appointments:read", "appointments:write", "appointments:override",
    ]

    let test: TestServer
    let tenant: Client
    let ada: Client
    let bob: Client
    let calendar: String

    init(_ test: TestServer, _ fields: JSON = [:]) async throws {
        self.test = test
        tenant = try await test.tenant()
        ada = try await tenant.member("ada", Self.everyScope)
        bob = try await tenant.member("bob", Self.everyScope)
        calendar = try await ada.calendar(fields)
    }

    var path: String { "calendars/\(calendar)" }

    /// Gives the calendar, to bob if nobody else is named.
    @discardableResult
    func give(
        _ permission: String, to type: String = "member", _ id: String? = "bob", _ more: JSON = [:]
    ) async throws -> Answer {
        let body: JSON = [
            "grantee_type": .string(type), "grantee_id": id.map { .string($0) } ?? nil,
            "permission": .string(permission),
        ]
        return try await ada.post("\(path)/shares", body.with(more))
    }

    func member(_ name: String, _ more: JSON = [:]) async throws -> String {
        let body: JSON = ["name": .string(name)]
        return try #require(try await tenant.post("admin/members", body.with(more)).expect(201)["id"]?.string)
    }

    func team(_ members: String...) async throws -> String {
        let body: JSON = ["name": "Team", "member_ids": .array(members.map { .string($0) })]
        return try #require(try await tenant.post("admin/teams", body).expect(201)["id"]?.string)
    }
}
