import JSON
import AlmanacRuntime
import HTTPTypes
import Hummingbird
import Scheduling
import TenantActors

/// `/admin/api-keys`: the organization's own credentials.
struct APIKeyRoutes {
    static let collection = "/api/v1/admin/api-keys"

    let api: API

    func register(on routes: RouteTable) {
        routes.post("/api/v1/admin/api-keys", create)
        routes.get("/api/v1/admin/api-keys", at: .anywhere, query: .page, list)
        routes.get("/api/v1/admin/api-keys/{id}", at: .anywhere, get)
        routes.delete("/api/v1/admin/api-keys/{id}", revoke)
    }

    func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .admin)
        let (json, bytes) = try await api.json(request)
        let key = try api.read(json) { CreateAPIKey.read($0) }
        let command = try api.command(request, context, principal, body: bytes)
        let reply = try await api.tenants.organization(principal.organizationID) {
            organization async throws(CommandError) in
            try await organization.createKey(key, granted: principal.scopes, command)
        }
        return Answer.reply(reply, location: Self.collection)
    }

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .admin)
        let query = QueryReader(request)
        let page = query.page(api, context, of: principal.organizationID)
        try query.check()
        return try await keys(page, of: principal.organizationID)
    }

    /// Whoever asks.
    func keys(_ page: ListPage, of organization: ID) async throws -> Response {
        let records = try await OrganizationQueries(api.services.database).keys(
            organization, after: page.cursor, limit: page.limit + 1
        )
        return Answer.page(records, page, id: { $0.id }) { $1.raw($0.json()) }
    }

    func get(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .admin)
        return try await one(try api.id(context, "API key"), of: principal.organizationID)
    }

    func one(_ id: ID, of organization: ID) async throws -> Response {
        let record = try await OrganizationQueries(api.services.database).key(id, organization)
        guard let record else { throw Problem.notFound("API key") }
        return Answer.json(record.json())
    }

    func revoke(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .admin)
        let id = try api.id(context, "API key")
        let command = try api.command(request, context, principal)
        // Forgotten however this ends: a revocation whose outcome is not known may have been written.
        defer { api.tenants.keys.forget(key: id) }
        try await api.tenants.revoking {
            try await api.tenants.organization(principal.organizationID) { organization async throws(CommandError) in
                try await organization.revokeKey(id, command)
            }
        }
        return Response(status: .noContent)
    }
}
