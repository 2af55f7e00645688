import JSON
import Hummingbird
import TenantActors

/// `/admin/teams`: groups of members.
enum TeamRoutes {
    private static let collection = "/api/v1/admin/teams"
    private static let one = "/api/v1/admin/teams/{id}"

    static let table = [
        Route(.post, collection, .scope(.admin), .json(Team.read), create),
        Route(.get, collection, .scope(.admin), at: .anywhere, query: .page, list),
        Route(.get, one, .scope(.admin), at: .anywhere, of: "team", get),
        Route(.patch, one, .scope(.admin), of: "team", .json, patch),
        Route(.delete, one, .scope(.admin), of: "team", delete),
    ]

    static func create(_ call: Call, _ team: Team) async throws -> Reply {
        try await call.membership { try await $0.createTeam(team, $1) }
    }

    static func list(_ call: Call) async throws -> Response {
        let page = try call.page()
        let teams = try await MembershipQueries(call.services.database).teams(
            call.organizationID, after: page.cursor, limit: page.lookahead
        )
        return page.answer(teams, id: \.id) { $1.raw($0.json) }
    }

    static func get(_ call: Call) async throws -> Team {
        try await MembershipQueries(call.services.database).team(call.id, call.organizationID).found(as: "team")
    }

    static func patch(_ call: Call, _ patch: JSON) async throws -> Team {
        try await call.membership { try await $0.updateTeam(call.id, patch, ifMatch: call.ifMatch, $1) }
    }

    static func delete(_ call: Call) async throws {
        try await call.membership { try await $0.deleteTeam(call.id, ifMatch: call.ifMatch, $1) }
    }
}

extension Team: Answering {}
