import JSON
import AlmanacRuntime
import Hummingbird
import Scheduling
import TenantActors

/// Holds and appointments.
enum AppointmentRoutes {
    static let collection = "/api/v1/appointments"
    private static let one = "/api/v1/appointments/{id}"
    private static let holds = "/api/v1/calendars/{id}/holds"
    private static let hold = "/api/v1/calendars/{id}/holds/{hold_token}"
    private static let filters = QueryRule.page(and: "calendar_id", "status", "contact_id", "from", "to", "timezone")

    static let table = [
        Route(.post, holds, .scope(.appointmentsWrite), of: "calendar", .json(PlaceHold.read), placeHold),
        Route(.get, hold, .scope(.appointmentsWrite), of: "calendar", getHold),
        Route(.delete, hold, .scope(.appointmentsWrite), of: "calendar", releaseHold),
        Route(.post, collection, .scope(.appointmentsWrite), .json(booking), book),
        Route(.get, collection, .scope(.appointmentsRead), query: filters, list),
        Route(.get, one, .scope(.appointmentsRead), get),
        Route(.patch, one, .scope(.appointmentsWrite), .json, patch),
        Route(.post, "\(one)/cancel", .scope(.appointmentsWrite), .optional(CancelAppointment.read), cancel),
    ]

    // MARK: Holds

    static func placeHold(_ call: Call, _ hold: PlaceHold) async throws -> Response {
        let reply = try await call.calendar(needing: .book) { try await $0.hold(hold, $1) }
        var response = reply.response(in: nil)
        if let token = (try? JSON.parse(reply.body))?["hold_token"]?.string {
            response.headers[.location] = "\(call.address(holds))/\(token)"
        }
        return response
    }

    /// Reading a hold needs the same scope as placing one.
    static func getHold(_ call: Call) async throws -> Response {
        let owner = try holdOwner(call)
        return .json(try await call.calendar(needing: .book) { try await $0.standingHold(owner) })
    }

    static func releaseHold(_ call: Call) async throws {
        let owner = try holdOwner(call)
        try await call.calendar(needing: .book) { try await $0.release(owner, $1) }
    }

    private static func holdOwner(_ call: Call) throws -> ID {
        try call.context.parameters.get("hold_token").flatMap { HoldToken.owner($0, call.services.secrets) }
            .found(as: "hold")
    }

    // MARK: Appointments

    private static func booking(_ reader: ObjectReader, _ call: Call) -> BookAppointment? {
        BookAppointment.read(reader, services: call.services)
    }

    static func book(_ call: Call, _ booking: BookAppointment) async throws -> Reply {
        if !booking.overriding.isEmpty { try call.require(.appointmentsOverride) }
        let reply = try await call.calendar(booking.calendarID, needing: .book, pointer: "/calendar_id") {
            try await $0.book(booking, $1)
        }
        // The answer repeats the contact that the client sent, but not one that only the organization knows.
        if case .known(let contact) = booking.booker, !call.principal.scopes.contains(.contactsRead) {
            return reply.naming(contact)
        }
        return reply
    }

    static func list(_ call: Call) async throws -> Response {
        let query = QueryReader(call.request)
        var filter = AppointmentQueries.Filter()
        filter.calendarID = query.id("calendar_id")
        filter.contactID = query.id("contact_id")
        filter.viewer = try await call.api.tenants.viewer(of: call.principal)
        filter.statuses =
            query.parsed("status", "invalid_value", Self.statusRule) { text in
                let names = text.exact.split(separator: ",", omittingEmptySubsequences: false)
                let statuses = names.compactMap { AppointmentStatus(named: $0.text) }
                return statuses.count == names.count ? statuses : nil
            } ?? []
        var zone = query.zone(call.services.zones)
        let from = query.parsed("from", "invalid_range", QueryReader.boundRule) { RangeBound($0) }
        let to = query.parsed("to", "invalid_range", QueryReader.boundRule) { RangeBound($0) }
        // The answer lists the errors of the page's parameters, too.
        if !query.errors.isEmpty { _ = query.page(call, of: call.organizationID) }
        try query.check()
        if let id = filter.calendarID, filter.viewer != nil || zone == nil && (from != nil || to != nil) {
            // Without a timezone, dates are in the calendar's. An unknown calendar has no appointments; a principal who
            // may see free times only gets an error.
            do {
                let own = try await call.calendar(id, needing: .view) { await $0.zone }
                zone = zone ?? own
            } catch CommandError.notFound {}
        }
        let dates = zone ?? Zone.utc
        filter.from = from.map { RangeQuery(from: $0, to: $0).span(in: dates).start }
        filter.to = to.map { RangeQuery(from: $0, to: $0).span(in: dates).end }
        if let from, let to, RangeQuery(from: from, to: to).isInverted(in: dates) {
            query.errors.add("/to", code: "before_start", message: "must not be before from")
        }
        let page = query.page(call, of: call.organizationID, filters: filter.meaning)
        try query.check()
        let appointments = try await AppointmentQueries(call.services.database).list(
            call.organizationID, filter, at: call.services.clock.now(), after: page.cursor, limit: page.lookahead
        )
        return page.answer(appointments, id: \.id) { $1.raw($0.json) }
    }

    private static let statusRule =
        "must be one or more of \(AppointmentStatus.allCases.map(\.rawValue).joined(separator: ", ")), with commas"

    static func get(_ call: Call) async throws -> Tagged {
        let appointment = try await find(call, needing: .view)
        return Tagged(appointment, appointment.json)
    }

    static func patch(_ call: Call, _ patch: JSON) async throws -> Reply {
        let appointment = try await find(call, needing: .book)
        let reply = try await call.calendar(appointment.calendarID, needing: .book) {
            try await $0.patch(appointment.id, patch, ifMatch: call.ifMatch, $1)
        }
        return reply.shown(to: call.principal, contact: appointment.contact.id)
    }

    static func cancel(_ call: Call, _ cancellation: CancelAppointment) async throws -> Reply {
        let appointment = try await find(call, needing: .book)
        let reply = try await call.calendar(appointment.calendarID, needing: .book) {
            try await $0.cancel(appointment.id, cancellation, ifMatch: call.ifMatch, $1)
        }
        return reply.shown(to: call.principal, contact: appointment.contact.id)
    }

    /// The appointment in the path, if the principal has this permission on its calendar.
    private static func find(_ call: Call, needing permission: Permission) async throws -> Appointment {
        let id = try call.id("appointment")
        let appointment = try await AppointmentQueries(call.services.database).find(id, call.organizationID)
            .found(as: "appointment")
        if call.principal.member != nil {
            do {
                try await call.calendar(appointment.calendarID, needing: permission) { _ in }
            } catch CommandError.notFound {
                throw Problem.notFound("appointment")
            }
        }
        return appointment
    }
}

extension AppointmentQueries.Filter {
    /// The filters in one spelling, without the viewer.
    fileprivate var meaning: [[UInt8]] {
        let names = AppointmentStatus.allCases.filter(statuses.contains).map(\.rawValue).joined(separator: ",")
        let bounds = [from, to].map { $0.map { String($0.microseconds) } ?? "" }
        return [calendarID?.bytes ?? [], contactID?.bytes ?? []] + ([names] + bounds).map { Array($0.utf8) }
    }
}
