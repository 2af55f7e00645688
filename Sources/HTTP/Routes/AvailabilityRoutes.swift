import JSON
import AlmanacRuntime
import HTTPTypes
import Hummingbird
import NIOCore
import Scheduling
import TenantActors

/// What can be booked, and why not.
struct AvailabilityRoutes {
    /// What ``query(_:)`` reads.
    static let query: QueryRule = ["from", "to", "timezone", "duration_minutes", "group_by"]

    let api: API

    func register(on routes: RouteTable) {
        routes.get("/api/v1/calendars/{id}/availability", at: .anywhere, query: Self.query, availability)
        routes.get(
            "/api/v1/calendars/{id}/availability/explain", at: .anywhere, query: ["at", "duration_minutes"], explain
        )
        routes.post("/api/v1/calendars/{id}/availability/regenerate", regenerate)
        routes.post("/api/v1/availability/preview", at: .anywhere, preview)
    }

    func availability(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .calendarsRead)
        let id = try api.id(context, "calendar")
        return try await answer(request, try query(request), of: id, to: principal)
    }

    /// What the request asks for.
    func query(_ request: Request) throws -> AvailabilityQuery {
        let reader = QueryReader(request)
        let range = reader.range()
        let zone = reader.zone(api.services.zones)
        let duration = reader.int("duration_minutes", in: 1...1440)
        let isGrouped =
            reader.parsed("group_by", "invalid_value", "must be day") { $0.exact == "day" ? true : nil } ?? false
        try reader.check()
        guard let range else { throw Problem.query(reader.errors.all) }
        return AvailabilityQuery(range: range, zone: zone, duration: duration, isGroupedByDay: isGrouped)
    }

    /// The slots of a calendar, as far as the principal may see it.
    func answer(
        _ request: Request, _ query: AvailabilityQuery, of id: ID, to principal: Principal
    ) async throws -> Response {
        let answer = try await Self.answering {
            try await api.tenants.availability(id, query, for: principal)
        }
        if api.matches(request, answer.etag) { return Answer.notModified(answer.etag) }
        return Response(
            status: .ok,
            headers: [.contentType: "application/json; charset=utf-8", .eTag: answer.etag, .cacheControl: "no-cache"],
            body: try api.longAnswers.body(answer.body)
        )
    }

    func explain(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .calendarsRead)
        let id = try api.id(context, "calendar")
        let reader = QueryReader(request)
        let at = reader.required("at", "invalid_instant", "must be an RFC 3339 instant with an offset") {
            Instant(rfc3339: $0)
        }
        let duration = reader.int("duration_minutes", in: 1...1440)
        try reader.check()
        guard let at else { throw Problem.query(reader.errors.all) }
        let body = try await Self.answering {
            try await api.tenants.explain(id, at: at, duration: duration, for: principal)
        }
        return Answer.json(body)
    }

    func regenerate(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .calendarsWrite)
        let id = try api.id(context, "calendar")
        let (json, bytes) = try await api.json(request)
        let regeneration = try api.read(json) { RegenerateAvailability.read($0) }
        let command = try api.command(request, context, principal, body: bytes)
        let reply = try await api.tenants.calendar(id, for: principal, needing: .edit) {
            calendar async throws(CommandError) in
            guard regeneration.isHeavy else { return try await calendar.regenerate(regeneration, command) }
            return try await api.tenants.heavily(for: principal.organizationID) { () async throws(CommandError) in
                try await calendar.regenerate(regeneration, command)
            }
        }
        return Answer.reply(reply)
    }

    /// What the calendar finds wrong with a parameter is an error of the query, not of a body.
    private static func answering<T>(_ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch let error as CommandError {
            switch error {
            case .invalid(let errors): throw Problem.query(errors.errors)
            case .refused(let refusal): throw Problem.query(Problem(refusal).errors)
            default: throw error
            }
        }
    }

    /// A long body is much work to read already: short ones are read first, and told by what they ask for.
    private static let shortPreview = 4_096

    func preview(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .calendarsRead)
        let bytes = try await api.jsonBytes(request)
        let now = api.services.clock.now()
        let read: @Sendable () throws -> AvailabilityPreview = {
            try api.read(try JSON.parse(bytes)) { AvailabilityPreview.read($0, services: api.services) }
        }
        if bytes.count <= Self.shortPreview {
            if let bytes = try read().answer(now: now, effort: Effort.light) { return try answer(bytes) }
        }
        let result = try await api.tenants.heavily(for: principal.organizationID) {
            () async throws(CommandError) -> Result<[UInt8]?, any Error> in
            Result { try read().answer(now: now) }
        }
        guard let bytes = try result.get() else { throw CommandError.overloaded }
        return try answer(bytes)
    }

    private func answer(_ bytes: [UInt8]) throws -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json; charset=utf-8"],
            body: try api.longAnswers.body(ByteBuffer(bytes: bytes))
        )
    }
}
