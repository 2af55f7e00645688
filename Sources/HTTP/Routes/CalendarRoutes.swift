import JSON
import AlmanacRuntime
import Hummingbird
import Scheduling
import TenantActors

/// `/calendars`: settings and hours.
enum CalendarRoutes {
    static let collection = "/api/v1/calendars"
    static let one = "/api/v1/calendars/{id}"

    static let table = [
        Route(.post, collection, .scope(.calendarsWrite), .json, create),
        Route(.get, collection, .scope(.calendarsRead), at: .anywhere, query: .page, list),
        Route(.get, one, .scope(.calendarsRead), of: "calendar", get),
        Route(.put, one, .scope(.calendarsWrite), of: "calendar", .json) { try await update($0, .replace($1)) },
        Route(.patch, one, .scope(.calendarsWrite), of: "calendar", .json) { try await update($0, .merge($1)) },
        Route(.delete, one, .scope(.calendarsWrite), query: ["appointments"], delete),
        Route(.put, "\(one)/business-hours", .scope(.calendarsWrite), of: "calendar", .json(hours)) {
            try await update($0, .businessHours($1))
        },
    ]

    static func create(_ call: Call, _ json: JSON) async throws -> Reply {
        // An excluded member could not see the calendar that it creates.
        if let viewer = try await call.api.tenants.viewer(of: call.principal), viewer.standing == .excluded {
            throw CommandError.insufficientPermission(.manage)
        }
        let settings = try OwnerRule.owning(json, call.principal.member).read {
            CalendarSettings.read($0, zones: call.services.zones)
        }
        let isSlugChosen = json["slug"]?.string != nil
        return try await call.organization {
            try await $0.createCalendar(settings, isSlugChosen: isSlugChosen, $1)
        }
    }

    static func list(_ call: Call) async throws -> Response {
        let page = try call.page()
        let records = try await OrganizationQueries(call.services.database).calendars(
            call.organizationID, for: try await call.api.tenants.viewer(of: call.principal),
            at: call.services.clock.now(), after: page.cursor, limit: page.lookahead
        )
        return page.answer(records, id: \.id) { $0.write(to: &$1) }
    }

    static func get(_ call: Call) async throws -> Tagged {
        let (record, access) = try await call.permitted(needing: .viewFreeBusy) { (try await $0.current(), $1) }
        return Tagged(json: record.shown(to: access.permission).json, tag: record.tag(for: access.permission))
    }

    static func update(_ call: Call, _ change: SettingsChange) async throws -> Tagged {
        let command = try call.command()
        let record = try await call.permitted(needing: .edit) {
            try await $0.update(change, ifMatch: call.ifMatch, by: $1, command)
        }
        return Tagged(record, record.json)
    }

    private static func hours(_ reader: ObjectReader) -> WeeklyHours? {
        let hours = WeeklyHours.read("business_hours", of: reader, required: true)
        reader.finish()
        return hours
    }

    static func delete(_ call: Call) async throws {
        let query = QueryReader(call.request)
        let names = DeleteCalendar.Appointments.allCases.map(\.rawValue).joined(separator: ", ")
        let deletion = DeleteCalendar(
            appointments: query.parsed("appointments", "invalid_value", "must be one of \(names)") {
                DeleteCalendar.Appointments(named: $0)
            })
        try query.check()
        if case .cancel = deletion.appointments { try call.require(.appointmentsWrite) }
        let command = try call.command()
        try await call.calendar(try call.id("calendar"), needing: .manage) {
            try await $0.delete(deletion, ifMatch: call.ifMatch, command)
        }
    }
}
