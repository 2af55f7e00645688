import JSON
import AlmanacRuntime
import Hummingbird
import Scheduling
import TenantActors

/// `/platform/organizations`: organizations, for the operator of the installation.
enum PlatformRoutes {
    private static let collection = "/api/v1/platform/organizations"
    private static let one = "/api/v1/platform/organizations/{id}"
    private static let keys = "/api/v1/platform/organizations/{id}/api-keys"

    static let table = [
        Route(.post, collection, .operator, .json { Fields($0, isNameRequired: true) }, create),
        Route(.get, collection, .operator, query: .page, list),
        Route(.get, one, .operator, of: noun, get),
        Route(.patch, one, .operator, at: .ownerOfPath, of: noun, .json { Fields($0, isNameRequired: false) }, patch),
        Route(.delete, one, .operator, at: .ownerOfPath, of: noun, delete),
        Route(.post, keys, .operator, at: .ownerOfPath, of: noun, .optional(key), createKey),
        Route(.get, keys, .operator, query: .page, of: noun, listKeys),
        Route(.get, "\(keys)/{key_id}", .operator, of: noun, getKey),
    ]

    private static let noun = "organization"

    struct Fields {
        var name: String?
        var slug: String?

        private static let readOnly: Set<String> = ["id", "version", "created_at", "updated_at", "api_key"]

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

    static func create(_ call: Call, _ fields: Fields) async throws -> Reply {
        try await call.api.tenants.platform.create(name: fields.name ?? "", slug: fields.slug, try call.command())
    }

    static func list(_ call: Call) async throws -> Response {
        let page = try call.page(of: nil)
        let records = try await OrganizationQueries(call.services.database).list(
            after: page.cursor, limit: page.lookahead
        )
        return page.answer(records, id: \.id) { $1.raw($0.json()) }
    }

    static func get(_ call: Call) async throws -> Tagged {
        let record = try await find(call)
        return Tagged(record, record.json())
    }

    static func patch(_ call: Call, _ fields: Fields) async throws -> Tagged {
        let record = try await call.api.tenants.platform.update(
            call.id, name: fields.name, slug: fields.slug, ifMatch: call.ifMatch, try call.command()
        )
        return Tagged(record, record.json())
    }

    static func delete(_ call: Call) async throws {
        let tenants = call.api.tenants
        defer { tenants.keys.forget(organization: call.id) }
        let command = try call.command()
        try await tenants.revoking { try await tenants.platform.delete(call.id, ifMatch: call.ifMatch, command) }
        await tenants.organizations.evict(call.id)
    }

    /// A new credential for an organization that has lost its own.
    static func createKey(_ call: Call, _ key: CreateAPIKey) async throws -> Reply {
        try await call.organization(call.id) { try await $0.createKey(key, granted: nil, $1) }
    }

    private static func key(_ reader: ObjectReader) -> CreateAPIKey? { CreateAPIKey.read(reader, isForOperator: true) }

    static func listKeys(_ call: Call) async throws -> Response {
        let page = try call.page(of: call.id)
        return try await APIKeyRoutes.list(call, page, of: try await find(call).id)
    }

    static func getKey(_ call: Call) async throws -> Response {
        let organization = try await find(call)
        return try await APIKeyRoutes.get(call, try call.id("API key", "key_id"), of: organization.id)
    }

    private static func find(_ call: Call) async throws -> OrganizationRecord {
        try await OrganizationQueries(call.services.database).find(call.id).found(as: noun)
    }
}
