import JSON
import AlmanacRuntime
import HTTPTypes
import Hummingbird
import Scheduling
import TenantActors

/// `/platform`: what the operator of the installation does.
struct PlatformRoutes {
    static let collection = "/api/v1/platform/organizations"

    let api: API

    func register(on routes: RouteTable) {
        routes.post("/api/v1/platform/organizations", at: .anywhere, create)
        routes.get("/api/v1/platform/organizations", at: .anywhere, query: .page, list)
        routes.get("/api/v1/platform/organizations/{id}", at: .anywhere, get)
        routes.patch("/api/v1/platform/organizations/{id}", at: .ownerOfPath, patch)
        routes.delete("/api/v1/platform/organizations/{id}", at: .ownerOfPath, delete)
        routes.post("/api/v1/platform/organizations/{id}/api-keys", at: .ownerOfPath, createKey)
        routes.get("/api/v1/platform/organizations/{id}/api-keys", at: .anywhere, query: .page, listKeys)
        routes.get("/api/v1/platform/organizations/{id}/api-keys/{key_id}", at: .anywhere, getKey)
    }

    private struct Fields {
        var name: String?
        var slug: String?

        static let readOnly: Set<String> = ["id", "version", "created_at", "updated_at", "api_key"]

        init?(_ reader: ObjectReader, isNameRequired: Bool) {
            if isNameRequired || reader.contains("name") { name = reader.string("name", min: 1, max: 200) }
            if !isNameRequired, reader.isNull("slug") {
                reader.fail("slug", code: "type", message: "must not be null; leave it out to keep it as it is")
            }
            slug = reader.optionalParsed(
                "slug", code: "invalid_slug",
                message: "must be lower-case letters, digits and single hyphens, at most 80"
            ) { Slug.isValid($0) ? $0 : nil }
            reader.finish(ignoring: Self.readOnly)
        }
    }

    func create(_ request: Request, _ context: APIContext) async throws -> Response {
        try api.authenticator.requireOperator(request)
        let (json, bytes) = try await api.json(request)
        let fields = try api.read(json) { Fields($0, isNameRequired: true) }
        let command = try command(request, context, bytes)
        let reply = try await api.tenants.platform.create(name: fields.name ?? "", slug: fields.slug, command)
        return Answer.reply(reply, location: Self.collection)
    }

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        try api.authenticator.requireOperator(request)
        let query = QueryReader(request)
        let page = query.page(api, context, of: nil)
        try query.check()
        let records = try await OrganizationQueries(api.services.database).list(
            after: page.cursor, limit: page.limit + 1)
        return Answer.page(records, page, id: { $0.id }) { $1.raw($0.json()) }
    }

    func get(_ request: Request, _ context: APIContext) async throws -> Response {
        try api.authenticator.requireOperator(request)
        let record = try await organization(context)
        return Answer.resource(record.json(), id: record.id, version: record.version, request, api)
    }

    func patch(_ request: Request, _ context: APIContext) async throws -> Response {
        try api.authenticator.requireOperator(request)
        let id = try api.id(context, "organization")
        let (json, bytes) = try await api.json(request)
        let fields = try api.read(json) { Fields($0, isNameRequired: false) }
        let record = try await api.tenants.platform.update(
            id, name: fields.name, slug: fields.slug, ifMatch: api.ifMatch(request),
            try command(request, context, bytes)
        )
        return Answer.resource(record.json(), id: id, version: record.version, request, api)
    }

    func delete(_ request: Request, _ context: APIContext) async throws -> Response {
        try api.authenticator.requireOperator(request)
        let id = try api.id(context, "organization")
        defer { api.tenants.keys.forget(organization: id) }
        let command = try command(request, context, [])
        try await api.tenants.revoking {
            try await api.tenants.platform.delete(id, ifMatch: api.ifMatch(request), command)
        }
        await api.tenants.organizations.evict(id)
        return Response(status: .noContent)
    }

    /// A credential for an organization that has lost its own.
    func createKey(_ request: Request, _ context: APIContext) async throws -> Response {
        try api.authenticator.requireOperator(request)
        let id = try api.id(context, "organization")
        let (json, bytes) = try await api.optionalJSON(request)
        let key = try api.read(json) { CreateAPIKey.read($0, isForOperator: true) }
        let command = try command(request, context, bytes)
        let reply = try await api.tenants.organization(id) { organization async throws(CommandError) in
            try await organization.createKey(key, granted: nil, command)
        }
        return Answer.reply(reply, location: "\(Self.collection)/\(id)/api-keys")
    }

    func listKeys(_ request: Request, _ context: APIContext) async throws -> Response {
        try api.authenticator.requireOperator(request)
        let query = QueryReader(request)
        let page = query.page(api, context, of: try api.id(context, "organization"))
        try query.check()
        return try await APIKeyRoutes(api: api).keys(page, of: try await organization(context).id)
    }

    func getKey(_ request: Request, _ context: APIContext) async throws -> Response {
        try api.authenticator.requireOperator(request)
        let organization = try await organization(context)
        return try await APIKeyRoutes(api: api).one(
            try api.id(context, "API key", parameter: "key_id"), of: organization.id
        )
    }

    private func organization(_ context: APIContext) async throws -> OrganizationRecord {
        let id = try api.id(context, "organization")
        guard let record = try await OrganizationQueries(api.services.database).find(id) else {
            throw Problem.notFound("organization")
        }
        return record
    }

    private func command(_ request: Request, _ context: APIContext, _ bytes: [UInt8]) throws -> CommandContext {
        try api.command(request, context, organization: ID(high: 0, low: 0), principal: "operator", body: bytes)
    }
}
