import JSON
import Hummingbird
import Scheduling
import TenantActors

/// `/public/shares`: a shared calendar, for clients that know the secret of its link.
enum PublicShareRoutes {
    private static let share = "/api/v1/public/shares/{secret}"

    static let table = [
        Route(.get, share, .anyone, get),
        Route(.get, "\(share)/availability", .anyone, query: AvailabilityRoutes.parameters, availability),
    ]

    static func get(_ call: Call) async throws -> Response {
        let (id, principal) = try await place(call)
        let (record, access) = try await answering {
            try await call.api.tenants.current(id, for: principal, needing: .viewFreeBusy)
        }
        let share = record.shares.first { principal.reach == .link($0.id) }
        let calendar = record.shown(to: access.permission)
        return .json(
            JSONWriter.object { writer in
                writer.key("calendar")
                writer.object { write(calendar.id, calendar.settings, to: &$0) }
                writer.field("permission", access.permission.name)
                writer.field("expires_at", share?.expiresAt?.rfc3339)
            }
        ).notToBeKept
    }

    /// The fields of a calendar that bookers need, without names and addresses of people.
    private static func write(_ id: ID, _ settings: CalendarSettings, to writer: inout JSONWriter) {
        writer.field("id", id.description)
        writer.field("name", settings.name)
        writer.field("description", settings.description)
        writer.field("timezone", settings.timezone)
        writer.field("color", settings.color)
        writer.field("location", settings.location)
        writer.field("slot_duration_minutes", settings.slotDuration)
        writer.field("allowed_durations_minutes", settings.allowedDurations)
    }

    static func availability(_ call: Call) async throws -> Response {
        let query = try AvailabilityRoutes.query(call)
        let (id, principal) = try await place(call)
        return try await answering { try await AvailabilityRoutes.answer(call, query, of: id, to: principal) }
    }

    private static func place(_ call: Call) async throws -> (calendar: ID, principal: Principal) {
        guard let secret = call.context.parameters.get("secret"),
            let place = try await call.api.tenants.principal(ofShare: secret)
        else { throw Problem.notFound("share") }
        return place
    }

    /// Gives the same answer whether the share, its time or its calendar has ended.
    private static func answering<T>(_ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch CommandError.notFound {
            throw Problem.notFound("share")
        }
    }
}
