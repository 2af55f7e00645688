import JSON
import AlmanacRuntime
import HTTPTypes
import Hummingbird
import Scheduling
import TenantActors

/// `/admin/members` and `/admin/teams`: who belongs to the organization, and members under one name.
struct MembershipRoutes<Item: MembershipResource>: Sendable {
    let api: API

    private var queries: MembershipQueries { MembershipQueries(api.services.database) }

    func register(on routes: RouteTable) {
        routes.post(Item.collection, create)
        routes.get(Item.collection, at: .anywhere, query: .page, list)
        routes.get("\(Item.collection)/{id}", at: .anywhere, get)
        routes.patch("\(Item.collection)/{id}", patch)
        routes.delete("\(Item.collection)/{id}", delete)
    }

    func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .admin)
        let (json, bytes) = try await api.json(request)
        let fields = try api.read(json) { Item.read($0) }
        let command = try api.command(request, context, principal, body: bytes)
        let reply = try await changing(principal) { organization async throws(CommandError) in
            try await Item.create(fields, in: organization, command)
        }
        return Answer.reply(reply, location: Item.collection)
    }

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .admin)
        let query = QueryReader(request)
        let page = query.page(api, context, of: principal.organizationID)
        try query.check()
        let items = try await Item.page(
            principal.organizationID, after: page.cursor, limit: page.limit + 1, queries
        )
        return Answer.page(items, page, id: { $0.id }) { $1.raw($0.json) }
    }

    func get(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .admin)
        let id = try api.id(context, Item.noun)
        guard let item = try await Item.find(id, principal.organizationID, queries) else {
            throw Problem.notFound(Item.noun)
        }
        return Answer.resource(item.json, id: id, version: item.version, request, api)
    }

    func patch(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .admin)
        let id = try api.id(context, Item.noun)
        let (json, bytes) = try await api.json(request)
        let command = try api.command(request, context, principal, body: bytes)
        let ifMatch = api.ifMatch(request)
        let item = try await changing(principal) { organization async throws(CommandError) in
            try await Item.update(id, json, in: organization, ifMatch: ifMatch, command)
        }
        return Answer.resource(item.json, id: id, version: item.version, request, api)
    }

    func delete(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .admin)
        let id = try api.id(context, Item.noun)
        let command = try api.command(request, context, principal)
        let ifMatch = api.ifMatch(request)
        try await changing(principal) { organization async throws(CommandError) in
            try await Item.delete(id, in: organization, ifMatch: ifMatch, command)
        }
        return Response(status: .noContent)
    }

    /// Runs a command of the principal's organization after which no node goes on by what it remembers of its members.
    private func changing<R: Sendable>(
        _ principal: Principal,
        _ body: nonisolated(nonsending) (OrganizationActor) async throws(CommandError) -> R
    ) async throws -> R {
        let (tenants, id) = (api.tenants, principal.organizationID)
        return try await tenants.changingMembership(of: id) { try await tenants.organization(id, body) }
    }
}
