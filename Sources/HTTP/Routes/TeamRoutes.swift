import AlmanacRuntime
import HTTPTypes
import Hummingbird
import Scheduling
import TenantActors

/// `/admin/teams`: members under one name.
struct TeamRoutes {
    static let collection = "/api/v1/admin/teams"

    let api: API

    func register(on routes: RouteTable) {
        routes.post("/api/v1/admin/teams", create)
        routes.get("/api/v1/admin/teams", at: .anywhere, list)
        routes.get("/api/v1/admin/teams/{id}", at: .anywhere, get)
        routes.patch("/api/v1/admin/teams/{id}", patch)
        routes.delete("/api/v1/admin/teams/{id}", delete)
    }

    private var queries: MembershipQueries { MembershipQueries(api.services.database) }

    func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .admin)
        let (json, bytes) = try await api.json(request)
        let fields = try api.read(json) { Team.Fields.read($0) }
        let command = try api.command(request, context, principal, body: bytes)
        let (tenants, id) = (api.tenants, principal.organizationID)
        let reply = try await tenants.changingMembership(of: id) {
            try await tenants.organization(id) { organization async throws(CommandError) in
                try await organization.createTeam(fields, command)
            }
        }
        return Answer.reply(reply, location: Self.collection)
    }

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .admin)
        let query = QueryReader(request)
        let (limit, cursor) = query.page()
        try query.check()
        let page = try await queries.teams(principal.organizationID, after: cursor, limit: limit + 1)
        return Answer.page(page, limit: limit, id: { $0.id }) { $1.raw($0.json) }
    }

    func get(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .admin)
        let id = try api.id(context, "team")
        guard let team = try await queries.team(id, principal.organizationID) else {
            throw Problem.notFound("team")
        }
        return Answer.resource(team.json, id: id, version: team.version, request, api)
    }

    func patch(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .admin)
        let teamID = try api.id(context, "team")
        let (json, bytes) = try await api.json(request)
        let command = try api.command(request, context, principal, body: bytes)
        let ifMatch = api.ifMatch(request)
        let (tenants, id) = (api.tenants, principal.organizationID)
        let team = try await tenants.changingMembership(of: id) {
            try await tenants.organization(id) { organization async throws(CommandError) in
                try await organization.updateTeam(teamID, json, ifMatch: ifMatch, command)
            }
        }
        return Answer.resource(team.json, id: teamID, version: team.version, request, api)
    }

    func delete(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .admin)
        let teamID = try api.id(context, "team")
        let command = try api.command(request, context, principal)
        let ifMatch = api.ifMatch(request)
        let (tenants, id) = (api.tenants, principal.organizationID)
        try await tenants.changingMembership(of: id) {
            try await tenants.organization(id) { organization async throws(CommandError) in
                try await organization.deleteTeam(teamID, ifMatch: ifMatch, command)
            }
        }
        return Response(status: .noContent)
    }
}
