import JSON
import Hummingbird
import TenantActors

/// `/admin/members`: the members of the organization.
enum MemberRoutes {
    private static let collection = "/api/v1/admin/members"
    private static let one = "/api/v1/admin/members/{id}"

    static let table = [
        Route(.post, collection, .scope(.admin), .json(Member.read), create),
        Route(.get, collection, .scope(.admin), at: .anywhere, query: .page, list),
        Route(.get, one, .scope(.admin), at: .anywhere, of: "member", get),
        Route(.patch, one, .scope(.admin), of: "member", .json, patch),
        Route(.delete, one, .scope(.admin), of: "member", delete),
    ]

    static func create(_ call: Call, _ member: Member) async throws -> Reply {
        try await call.membership { try await $0.createMember(member, $1) }
    }

    static func list(_ call: Call) async throws -> Response {
        let page = try call.page()
        let members = try await MembershipQueries(call.services.database).members(
            call.organizationID, after: page.cursor, limit: page.lookahead
        )
        return page.answer(members, id: \.id) { $1.raw($0.json) }
    }

    static func get(_ call: Call) async throws -> Member {
        try await MembershipQueries(call.services.database).member(call.id, call.organizationID).found(as: "member")
    }

    static func patch(_ call: Call, _ patch: JSON) async throws -> Member {
        try await call.membership { try await $0.updateMember(call.id, patch, ifMatch: call.ifMatch, $1) }
    }

    static func delete(_ call: Call) async throws {
        try await call.membership { try await $0.deleteMember(call.id, ifMatch: call.ifMatch, $1) }
    }
}

extension Call {
    /// Runs a command that changes members or teams. Then all nodes forget the members that they remember.
    nonisolated(nonsending) func membership<R: Sendable>(
        _ body: nonisolated(nonsending) (OrganizationActor, CommandContext) async throws -> R
    ) async throws -> R {
        let command = try command()
        return try await api.tenants.changingMembership(of: organizationID) {
            try await organization { try await body($0, command) }
        }
    }
}

extension Member: Answering {}
