import JSON
import AlmanacRuntime
import HTTPTypes
import Hummingbird
import Scheduling
import TenantActors

/// Holds and appointments.
struct AppointmentRoutes {
    static let collection = "/api/v1/appointments"

    let api: API

    func register(on routes: RouteTable) {
        routes.post("/api/v1/calendars/{id}/holds", placeHold)
        routes.get("/api/v1/calendars/{id}/holds/{hold_token}", hold)
        routes.delete("/api/v1/calendars/{id}/holds/{hold_token}", releaseHold)
        routes.post("/api/v1/appointments", book)
        routes.get(
            "/api/v1/appointments",
            query: .page(and: "calendar_id", "status", "contact_id", "from", "to", "timezone"), list
        )
        routes.get("/api/v1/appointments/{id}", get)
        routes.patch("/api/v1/appointments/{id}", patch)
        routes.post("/api/v1/appointments/{id}/cancel", cancel)
    }

    func placeHold(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .appointmentsWrite)
        let id = try api.id(context, "calendar")
        let (json, bytes) = try await api.json(request)
        let hold = try api.read(json) { PlaceHold.read($0) }
        let command = try api.command(request, context, principal, body: bytes)
        let reply = try await api.tenants.calendar(id, for: principal, needing: .book) {
            calendar async throws(CommandError) in
            try await calendar.hold(hold, command)
        }
        var response = Answer.reply(reply)
        if let token = (try? JSON.parse(reply.body))?["hold_token"]?.string {
            response.headers[.location] = "\(CalendarRoutes.collection)/\(id)/holds/\(token)"
        }
        return response
    }

    /// Whoever may place holds may look at one.
    func hold(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .appointmentsWrite)
        let id = try api.id(context, "calendar")
        guard let token = context.parameters.get("hold_token"),
            let owner = HoldToken.owner(token, api.services.secrets)
        else { throw Problem.notFound("hold") }
        return Answer.json(
            try await api.tenants.calendar(id, for: principal, needing: .book) {
                calendar async throws(CommandError) in
                try await calendar.standingHold(owner)
            }
        )
    }

    func releaseHold(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .appointmentsWrite)
        let id = try api.id(context, "calendar")
        guard let token = context.parameters.get("hold_token"),
            let owner = HoldToken.owner(token, api.services.secrets)
        else { throw Problem.notFound("hold") }
        let command = try api.command(request, context, principal)
        try await api.tenants.calendar(id, for: principal, needing: .book) { calendar async throws(CommandError) in
            try await calendar.release(owner, command)
        }
        return Response(status: .noContent)
    }

    func book(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .appointmentsWrite)
        let (json, bytes) = try await api.json(request)
        let booking = try api.read(json) { BookAppointment.read($0, services: api.services) }
        if !booking.overriding.isEmpty { try api.authenticator.require(.appointmentsOverride, of: principal) }
        let command = try api.command(request, context, principal, body: bytes)
        var reply = try await api.tenants.calendar(
            booking.calendarID, for: principal, needing: .book, pointer: "/calendar_id"
        ) { calendar async throws(CommandError) in
            try await calendar.book(booking, command)
        }
        // What was typed is told back to whoever typed it; what the organization knows of a contact is not.
        if case .known(let contact) = booking.booker, !principal.scopes.contains(.contactsRead) {
            reply = reply.naming(contact)
        }
        return Answer.reply(reply, location: Self.collection)
    }

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .appointmentsRead)
        let query = QueryReader(request)
        var filter = AppointmentQueries.Filter()
        filter.calendarID = query.id("calendar_id")
        filter.contactID = query.id("contact_id")
        filter.viewer = try await api.tenants.viewer(of: principal)
        filter.statuses =
            query.parsed("status", "invalid_value", Self.statusRule) { text in
                let names = text.exact.split(separator: ",", omittingEmptySubsequences: false)
                let statuses = names.compactMap { AppointmentStatus(named: $0.text) }
                return statuses.count == names.count ? statuses : nil
            } ?? []
        var zone = query.zone(api.services.zones)
        let from = query.parsed("from", "invalid_range", QueryReader.boundRule) { RangeBound($0) }
        let to = query.parsed("to", "invalid_range", QueryReader.boundRule) { RangeBound($0) }
        // With what else is wrong, the page's parameters are told too.
        if !query.errors.isEmpty { _ = query.page(api, context, of: principal.organizationID) }
        try query.check()
        if let id = filter.calendarID, filter.viewer != nil || zone == nil && (from != nil || to != nil) {
            // Dates are the calendar's unless a zone is named; one that is not there has no appointments either. Who may
            // see free times only is told so.
            do {
                let own = try await api.tenants.calendar(id, for: principal, needing: .view) {
                    calendar async throws(CommandError) in
                    await calendar.zone
                }
                zone = zone ?? own
            } catch {
                guard case .notFound = error else { throw error }
            }
        }
        let dates = zone ?? Zone.utc
        filter.from = from.map { RangeQuery(from: $0, to: $0).span(in: dates).start }
        filter.to = to.map { RangeQuery(from: $0, to: $0).span(in: dates).end }
        if let from, let to, RangeQuery(from: from, to: to).isInverted(in: dates) {
            query.errors.add("/to", code: "before_start", message: "must not be before from")
        }
        let page = query.page(api, context, of: principal.organizationID, filters: filter.meaning)
        try query.check()
        let appointments = try await AppointmentQueries(api.services.database).list(
            principal.organizationID, filter, at: api.services.clock.now(), after: page.cursor, limit: page.limit + 1
        )
        return Answer.page(appointments, page, id: { $0.id }) { $1.raw($0.json) }
    }

    private static let statusRule =
        "must be one or more of \(AppointmentStatus.allCases.map(\.rawValue).joined(separator: ", ")), with commas"

    func get(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .appointmentsRead)
        let appointment = try await find(context, principal, needing: .view)
        return Answer.resource(appointment.json, id: appointment.id, version: appointment.version, request, api)
    }

    func patch(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .appointmentsWrite)
        let (json, bytes) = try await api.json(request)
        let appointment = try await find(context, principal, needing: .book)
        let command = try api.command(request, context, principal, body: bytes)
        let ifMatch = api.ifMatch(request)
        let reply = try await api.tenants.calendar(appointment.calendarID, for: principal, needing: .book) {
            calendar async throws(CommandError) in
            try await calendar.patch(appointment.id, json, ifMatch: ifMatch, command)
        }
        return Answer.reply(reply.shown(to: principal, contact: appointment.contact.id))
    }

    func cancel(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .appointmentsWrite)
        let (json, bytes) = try await api.optionalJSON(request)
        let cancellation = try api.read(json) { CancelAppointment.read($0) }
        let appointment = try await find(context, principal, needing: .book)
        let command = try api.command(request, context, principal, body: bytes)
        let ifMatch = api.ifMatch(request)
        let reply = try await api.tenants.calendar(appointment.calendarID, for: principal, needing: .book) {
            calendar async throws(CommandError) in
            try await calendar.cancel(appointment.id, cancellation, ifMatch: ifMatch, command)
        }
        return Answer.reply(reply.shown(to: principal, contact: appointment.contact.id))
    }

    /// The appointment in the path, if the principal may do so much with its calendar.
    private func find(
        _ context: APIContext, _ principal: Principal, needing permission: Permission
    ) async throws -> Appointment {
        let id = try api.id(context, "appointment")
        guard let appointment = try await AppointmentQueries(api.services.database).find(id, principal.organizationID)
        else { throw Problem.notFound("appointment") }
        if principal.member != nil {
            do {
                try await api.tenants.calendar(appointment.calendarID, for: principal, needing: permission) { _ in }
            } catch {
                if case .notFound = error { throw Problem.notFound("appointment") }
                throw error
            }
        }
        return appointment
    }
}

extension AppointmentQueries.Filter {
    /// What it says, in one spelling; not who asks.
    fileprivate var meaning: [[UInt8]] {
        let names = AppointmentStatus.allCases.filter(statuses.contains).map(\.rawValue).joined(separator: ",")
        let bounds = [from, to].map { $0.map { String($0.microseconds) } ?? "" }
        return [calendarID?.bytes ?? [], contactID?.bytes ?? []] + ([names] + bounds).map { Array($0.utf8) }
    }
}
