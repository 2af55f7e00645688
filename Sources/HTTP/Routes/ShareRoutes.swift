import JSON
import AlmanacRuntime
import HTTPTypes
import Hummingbird
import Scheduling
import TenantActors

/// `/calendars/{id}/shares`: to whom a calendar is given.
struct ShareRoutes {
    let api: API

    func register(on routes: RouteTable) {
        routes.post("/api/v1/calendars/{id}/shares", create)
        routes.get("/api/v1/calendars/{id}/shares", query: .page, list)
        routes.get("/api/v1/calendars/{id}/shares/{share_id}", get)
        routes.delete("/api/v1/calendars/{id}/shares/{share_id}", delete)
    }

    func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .calendarsWrite)
        let id = try api.id(context, "calendar")
        let (json, bytes) = try await api.json(request)
        let share = try api.read(json) {
            GiveShare.read($0, organization: principal.organizationID, now: api.services.clock.now())
        }
        let command = try api.command(request, context, principal, body: bytes)
        let reply = try await api.tenants.calendar(id, for: principal, needing: .manage) {
            calendar async throws(CommandError) in
            try await calendar.share(share, command)
        }
        var response = Answer.reply(reply, location: "\(CalendarRoutes.collection)/\(id)/shares")
        // A link's secret is a credential: nobody on the way is to keep it (RFC 9111 §5.2.2.5).
        response.headers[.cacheControl] = "no-store"
        return response
    }

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .calendarsRead)
        let id = try api.id(context, "calendar")
        let query = QueryReader(request)
        let page = query.page(api, context, of: principal.organizationID)
        try query.check()
        let shares = try await shares(of: id, principal).sorted { $0.id < $1.id }
            .filter { share in page.cursor.map { share.id > $0 } ?? true }
        return Answer.page(Array(shares.prefix(page.limit + 1)), page, id: { $0.id }) { $1.raw($0.json(of: id)) }
    }

    func get(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .calendarsRead)
        let id = try api.id(context, "calendar")
        let shares = try await shares(of: id, principal)
        let shareID = try shareID(context)
        guard let share = shares.first(where: { $0.id == shareID }) else { throw Problem.notFound("share") }
        return Answer.resource(share.json(of: id), id: share.id, version: share.version, request, api)
    }

    func delete(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .calendarsWrite)
        let id = try api.id(context, "calendar")
        let command = try api.command(request, context, principal)
        let ifMatch = api.ifMatch(request)
        try await api.tenants.calendar(id, for: principal, needing: .manage) { calendar async throws(CommandError) in
            let shareID: ID
            do { shareID = try self.shareID(context) } catch { throw .notFound(what: "share", pointer: nil) }
            try await calendar.revokeShare(shareID, ifMatch: ifMatch, command)
        }
        return Response(status: .noContent)
    }

    private func shares(of id: ID, _ principal: Principal) async throws -> [CalendarShare] {
        try await api.tenants.calendar(id, for: principal, needing: .manage) { calendar async throws(CommandError) in
            try await calendar.current().shares
        }
    }

    private func shareID(_ context: APIContext) throws -> ID {
        guard let id = context.parameters.get("share_id").flatMap({ ID($0) }) else { throw Problem.notFound("share") }
        return id
    }
}
