import AlmanacRuntime
import HTTPTypes
import Hummingbird
import Scheduling
import TenantActors

/// `/admin/members`: who belongs to the organization.
struct MemberRoutes {
    static let collection = "/api/v1/admin/members"

    let api: API

    func register(on routes: RouteTable) {
        routes.post("/api/v1/admin/members", create)
        routes.get("/api/v1/admin/members", at: .anywhere, list)
        routes.get("/api/v1/admin/members/{id}", at: .anywhere, get)
        routes.patch("/api/v1/admin/members/{id}", patch)
        routes.delete("/api/v1/admin/members/{id}", delete)
    }

    private var members: MembershipQueries { MembershipQueries(api.services.database) }

    func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .admin)
        let (json, bytes) = try await api.json(request)
        let fields = try api.read(json) { Member.Fields.read($0) }
        let command = try api.command(request, context, principal, body: bytes)
        let (tenants, id) = (api.tenants, principal.organizationID)
        let reply = try await tenants.changingMembership(of: id) {
            try await tenants.organization(id) { organization async throws(CommandError) in
                try await organization.createMember(fields, command)
            }
        }
        return Answer.reply(reply, location: Self.collection)
    }

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .admin)
        let query = QueryReader(request)
        let (limit, cursor) = query.page()
        try query.check()
        let page = try await members.members(principal.organizationID, after: cursor, limit: limit + 1)
        return Answer.page(page, limit: limit, id: { $0.id }) { $1.raw($0.json) }
    }

    func get(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .admin)
        let id = try api.id(context, "member")
        guard let member = try await members.member(id, principal.organizationID) else {
            throw Problem.notFound("member")
        }
        return Answer.resource(member.json, id: id, version: member.version, request, api)
    }

    func patch(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .admin)
        let memberID = try api.id(context, "member")
        let (json, bytes) = try await api.json(request)
        let command = try api.command(request, context, principal, body: bytes)
        let ifMatch = api.ifMatch(request)
        let (tenants, id) = (api.tenants, principal.organizationID)
        let member = try await tenants.changingMembership(of: id) {
            try await tenants.organization(id) { organization async throws(CommandError) in
                try await organization.updateMember(memberID, json, ifMatch: ifMatch, command)
            }
        }
        return Answer.resource(member.json, id: memberID, version: member.version, request, api)
    }

    func delete(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .admin)
        let memberID = try api.id(context, "member")
        let command = try api.command(request, context, principal)
        let ifMatch = api.ifMatch(request)
        let (tenants, id) = (api.tenants, principal.organizationID)
        try await tenants.changingMembership(of: id) {
            try await tenants.organization(id) { organization async throws(CommandError) in
                try await organization.deleteMember(memberID, ifMatch: ifMatch, command)
            }
        }
        return Response(status: .noContent)
    }
}
