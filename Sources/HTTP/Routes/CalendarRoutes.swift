import AlmanacRuntime
import HTTPTypes
import Hummingbird
import Scheduling
import TenantActors

/// `/calendars`: settings and hours.
struct CalendarRoutes {
    static let collection = "/api/v1/calendars"

    let api: API

    func register(on routes: RouteTable) {
        routes.post("/api/v1/calendars", create)
        routes.get("/api/v1/calendars", at: .anywhere, list)
        routes.get("/api/v1/calendars/{id}", get)
        routes.put("/api/v1/calendars/{id}", replace)
        routes.patch("/api/v1/calendars/{id}", patch)
        routes.delete("/api/v1/calendars/{id}", delete)
        routes.put("/api/v1/calendars/{id}/business-hours", replaceHours)
    }

    func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .calendarsWrite)
        let (json, bytes) = try await api.json(request)
        let owned = Self.keepingOwner(of: json, principal, isWhole: true)
        let settings = try api.read(owned) { CalendarSettings.read($0, zones: api.services.zones) }
        let command = try api.command(request, context, principal, body: bytes)
        let isSlugChosen = json["slug"]?.string != nil
        let reply = try await api.tenants.organization(principal.organizationID) {
            organization async throws(CommandError) in
            try await organization.createCalendar(settings, isSlugChosen: isSlugChosen, command)
        }
        return Answer.reply(reply, location: Self.collection)
    }

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .calendarsRead)
        let query = QueryReader(request)
        let (limit, cursor) = query.page()
        try query.check()
        let records = try await OrganizationQueries(api.services.database).calendars(
            principal.organizationID, ownedBy: principal.member, after: cursor, limit: limit + 1
        )
        return Answer.page(records, limit: limit, id: { $0.id }) { $0.write(to: &$1) }
    }

    func get(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .calendarsRead)
        let record = try await api.tenants.calendar(try api.id(context, "calendar"), for: principal) {
            calendar async throws(CommandError) in try await calendar.current()
        }
        return Answer.resource(record.json, id: record.id, version: record.version, request, api)
    }

    func replace(_ request: Request, _ context: APIContext) async throws -> Response {
        try await update(request, context) { .replace(Self.keepingOwner(of: $0, $1, isWhole: true)) }
    }

    func patch(_ request: Request, _ context: APIContext) async throws -> Response {
        try await update(request, context) { .merge(Self.keepingOwner(of: $0, $1, isWhole: false)) }
    }

    /// A member that names no other one owns the calendar: otherwise it would lose sight of it.
    private static func keepingOwner(of body: JSON, _ principal: Principal, isWhole: Bool) -> JSON {
        guard let member = principal.member, var fields = body.object else { return body }
        switch fields["owner"] {
        case .object(var owner):
            if isWhole ? owner["member_id"] ?? .null == .null : owner["member_id"] == .null {
                owner["member_id"] = .string(member)
            }
            fields["owner"] = .object(owner)
        case .null: fields["owner"] = ["member_id": .string(member)]
        case nil: if isWhole { fields["owner"] = ["member_id": .string(member)] }
        case .bool, .number, .string, .array: break
        }
        return .object(fields)
    }

    func replaceHours(_ request: Request, _ context: APIContext) async throws -> Response {
        try await update(request, context) { json, _ in
            .businessHours(
                try api.read(json) { reader in
                    let hours = WeeklyHours.read("business_hours", of: reader, required: true)
                    reader.finish()
                    return hours
                }
            )
        }
    }

    private func update(
        _ request: Request, _ context: APIContext, _ change: (JSON, Principal) throws -> SettingsChange
    ) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .calendarsWrite)
        let id = try api.id(context, "calendar")
        let (json, bytes) = try await api.json(request)
        let change = try change(json, principal)
        let command = try api.command(request, context, principal, body: bytes)
        let ifMatch = api.ifMatch(request)
        let record = try await api.tenants.calendar(id, for: principal) { calendar async throws(CommandError) in
            try await calendar.update(change, ifMatch: ifMatch, command)
        }
        return Answer.resource(record.json, id: record.id, version: record.version, request, api)
    }

    func delete(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .calendarsWrite)
        let command = try api.command(request, context, principal)
        let ifMatch = api.ifMatch(request)
        try await api.tenants.calendar(try api.id(context, "calendar"), for: principal) {
            calendar async throws(CommandError) in try await calendar.delete(ifMatch: ifMatch, command)
        }
        return Response(status: .noContent)
    }
}
