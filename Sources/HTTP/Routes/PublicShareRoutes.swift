import JSON
import AlmanacRuntime
import HTTPTypes
import Hummingbird
import Scheduling
import TenantActors

/// `/public/shares`: a calendar for whoever knows the secret of its link, and shows no other credential.
struct PublicShareRoutes {
    let api: API

    func register(on routes: RouteTable) {
        routes.get("/api/v1/public/shares/{secret}", at: .anywhere, get)
        routes.get(
            "/api/v1/public/shares/{secret}/availability", at: .anywhere, query: AvailabilityRoutes.query, availability
        )
    }

    func get(_ request: Request, _ context: APIContext) async throws -> Response {
        let (id, principal) = try await place(context)
        let (record, access) = try await answering {
            try await api.tenants.current(id, for: principal, needing: .viewFreeBusy)
        }
        let share = record.shares.first { principal.reach == .link($0.id) }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("calendar")
        Self.write(record.shown(to: access.permission), to: &writer)
        writer.field("permission", access.permission.name)
        writer.field("expires_at", share?.expiresAt?.rfc3339)
        writer.endObject()
        return Answer.json(writer.bytes, headers: [.cacheControl: "no-store"])
    }

    /// What somebody who books needs to know of a calendar: nobody's names and addresses.
    private static func write(_ record: CalendarRecord, to writer: inout JSONWriter) {
        let settings = record.settings
        writer.beginObject()
        writer.field("id", record.id.description)
        writer.field("name", settings.name)
        writer.field("description", settings.description)
        writer.field("timezone", settings.timezone)
        writer.field("color", settings.color)
        writer.field("location", settings.location)
        writer.field("slot_duration_minutes", settings.slotDuration)
        writer.key("allowed_durations_minutes")
        writer.beginArray()
        for minutes in settings.allowedDurations { writer.value(minutes) }
        writer.endArray()
        writer.endObject()
    }

    func availability(_ request: Request, _ context: APIContext) async throws -> Response {
        let routes = AvailabilityRoutes(api: api)
        let query = try routes.query(request)
        let (id, principal) = try await place(context)
        return try await answering { try await routes.answer(request, query, of: id, to: principal) }
    }

    private func place(_ context: APIContext) async throws -> (calendar: ID, principal: Principal) {
        guard let secret = context.parameters.get("secret"),
            let place = try await api.tenants.principal(ofShare: secret)
        else { throw Problem.notFound("share") }
        return place
    }

    /// Whatever has ended, the share, its time or its calendar, is told in the same words.
    private func answering<T>(_ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch CommandError.notFound {
            throw Problem.notFound("share")
        }
    }
}
