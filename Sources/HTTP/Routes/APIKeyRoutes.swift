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
        let (name, scopes) = try api.read(json) { reader -> (String, Set<Scope>)? in
            let name = reader.string("name", min: 1, max: 200)
            let scopes = Self.scopes(reader)
            reader.refuse(unsupported: ["expires_at"])
            reader.finish(ignoring: ["id", "prefix", "created_at", "last_used_at", "api_key"])
            guard let name, let scopes else { return nil }
            return (name, scopes)
        }
        let command = try api.command(request, context, principal, body: bytes)
        let reply = try await api.tenants.organization(principal.organizationID) {
            organization async throws(CommandError) in
            try await organization.createKey(name: name, scopes: scopes, command)
        }
        return Answer.reply(reply, location: Self.collection)
    }

    private static func scopes(_ reader: ObjectReader) -> Set<Scope>? {
        guard let items = reader.array("scopes", max: Scope.allCases.count) else { return nil }
        if items.isEmpty { reader.fail("scopes", code: "too_short", message: "must name at least one scope") }
        var scopes: Set<Scope> = []
        for item in items {
            guard let scope = item.value.string.flatMap(Scope.init(named:)) else {
                let names = Scope.allCases.map(\.rawValue).joined(separator: ", ")
                reader.errors.add(item.pointer, code: "invalid_value", message: "must be one of \(names)")
                continue
            }
            scopes.insert(scope)
        }
        return scopes
    }

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .admin)
        let query = QueryReader(request)
        let page = query.page(api, of: principal.organizationID)
        try query.check()
        let records = try await OrganizationQueries(api.services.database).keys(
            principal.organizationID, after: page.cursor, limit: page.limit + 1
        )
        return Answer.page(records, page, id: { $0.id }) { $1.raw($0.json()) }
    }

    func get(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .admin)
        let id = try api.id(context, "API key")
        let record = try await OrganizationQueries(api.services.database).key(id, principal.organizationID)
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
