import JSON
import Hummingbird
import Scheduling
import TenantActors

/// `/admin/api-keys`: the organization's own credentials.
enum APIKeyRoutes {
    private static let collection = "/api/v1/admin/api-keys"
    private static let one = "/api/v1/admin/api-keys/{id}"

    static let table = [
        Route(.post, collection, .scope(.admin), .json { CreateAPIKey.read($0) }, create),
        Route(.get, collection, .scope(.admin), at: .anywhere, query: .page) {
            try await list($0, try $0.page(), of: $0.organizationID)
        },
        Route(.get, one, .scope(.admin), at: .anywhere, of: "API key") {
            try await get($0, $0.id, of: $0.organizationID)
        },
        Route(.delete, one, .scope(.admin), of: "API key", revoke),
    ]

    static func create(_ call: Call, _ key: CreateAPIKey) async throws -> Reply {
        try await call.organization { try await $0.createKey(key, granted: call.principal.scopes, $1) }
    }

    /// Whoever asks.
    static func list(_ call: Call, _ page: ListPage, of organization: ID) async throws -> Response {
        let keys = try await OrganizationQueries(call.services.database).keys(
            organization, after: page.cursor, limit: page.lookahead
        )
        return page.answer(keys, id: \.id) { $1.raw($0.json()) }
    }

    /// Whoever asks.
    static func get(_ call: Call, _ id: ID, of organization: ID) async throws -> Response {
        let key = try await OrganizationQueries(call.services.database).key(id, organization)
        return .json(try key.found(as: "API key").json())
    }

    static func revoke(_ call: Call) async throws {
        let (tenants, command) = (call.api.tenants, try call.command())
        // Forget the key even after an error: a revocation with an unknown outcome may have been written.
        defer { tenants.keys.forget(key: call.id) }
        try await tenants.revoking { try await call.organization { try await $0.revokeKey(call.id, command) } }
    }
}
