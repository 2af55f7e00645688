import JSON
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
        routes.get("/api/v1/calendars", at: .anywhere, query: .page, list)
        routes.get("/api/v1/calendars/{id}", get)
        routes.put("/api/v1/calendars/{id}", replace)
        routes.patch("/api/v1/calendars/{id}", patch)
        routes.delete("/api/v1/calendars/{id}", query: ["appointments"], delete)
        routes.put("/api/v1/calendars/{id}/business-hours", replaceHours)
    }

    func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .calendarsWrite)
        let (json, bytes) = try await api.json(request)
        // One that was put out sees nothing of its own, and makes nothing it could not see.
        if let viewer = try await api.tenants.viewer(of: principal), viewer.standing == .excluded {
            throw CommandError.insufficientPermission(.manage)
        }
        let settings = try api.read(OwnerRule.owning(json, principal.member)) {
            CalendarSettings.read($0, zones: api.services.zones)
        }
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
        let page = query.page(api, context, of: principal.organizationID)
        try query.check()
        let records = try await OrganizationQueries(api.services.database).calendars(
            principal.organizationID, for: try await api.tenants.viewer(of: principal), at: api.services.clock.now(),
            after: page.cursor, limit: page.limit + 1
        )
        return Answer.page(records, page, id: { $0.id }) { $0.write(to: &$1) }
    }

    func get(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .calendarsRead)
        let id = try api.id(context, "calendar")
        let (record, access) = try await api.tenants.permitted(id, for: principal, needing: .viewFreeBusy) {
            calendar, access async throws(CommandError) in
            (try await calendar.current(), access)
        }
        let shown = record.shown(to: access.permission)
        return Answer.resource(shown.json, tag: record.tag(for: access.permission), request, api)
    }

    func replace(_ request: Request, _ context: APIContext) async throws -> Response {
        try await update(request, context) { .replace($0) }
    }

    func patch(_ request: Request, _ context: APIContext) async throws -> Response {
        try await update(request, context) { .merge($0) }
    }

    func replaceHours(_ request: Request, _ context: APIContext) async throws -> Response {
        try await update(request, context) { json in
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
        _ request: Request, _ context: APIContext, _ change: (JSON) throws -> SettingsChange
    ) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .calendarsWrite)
        let id = try api.id(context, "calendar")
        let (json, bytes) = try await api.json(request)
        let change = try change(json)
        let command = try api.command(request, context, principal, body: bytes)
        let ifMatch = api.ifMatch(request)
        let record = try await api.tenants.permitted(id, for: principal, needing: .edit) {
            calendar, access async throws(CommandError) in
            try await calendar.update(change, ifMatch: ifMatch, by: access, command)
        }
        return Answer.resource(record.json, id: record.id, version: record.version, request, api)
    }

    func delete(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .calendarsWrite)
        let query = QueryReader(request)
        let deletion = DeleteCalendar(
            appointments: query.parsed("appointments", "invalid_value", Self.appointmentsRule) {
                DeleteCalendar.Appointments(named: $0)
            })
        try query.check()
        if case .cancel = deletion.appointments { try api.authenticator.require(.appointmentsWrite, of: principal) }
        let command = try api.command(request, context, principal)
        let ifMatch = api.ifMatch(request)
        try await api.tenants.calendar(try api.id(context, "calendar"), for: principal, needing: .manage) {
            calendar async throws(CommandError) in try await calendar.delete(deletion, ifMatch: ifMatch, command)
        }
        return Response(status: .noContent)
    }

    private static let appointmentsRule =
        "must be one of \(DeleteCalendar.Appointments.allCases.map(\.rawValue).joined(separator: ", "))"
}
