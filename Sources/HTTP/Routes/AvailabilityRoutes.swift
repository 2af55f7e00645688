import JSON
import AlmanacRuntime
import HTTPTypes
import Hummingbird
import NIOCore
import Scheduling
import TenantActors

/// Free slots, and the reasons why a time is not free.
enum AvailabilityRoutes {
    /// The parameters that ``query(_:)`` reads.
    static let parameters: QueryRule = ["from", "to", "timezone", "duration_minutes", "group_by"]

    private static let slots = "/api/v1/calendars/{id}/availability"
    private static let moment: QueryRule = ["at", "duration_minutes"]

    static let table = [
        Route(.get, slots, .scope(.calendarsRead), at: .anywhere, query: parameters, of: "calendar") {
            try await answer($0, try query($0), of: $0.id, to: $0.principal)
        },
        Route(
            .get, "\(slots)/explain", .scope(.calendarsRead), at: .anywhere, query: moment, of: "calendar", explain
        ),
        Route(
            .post, "\(slots)/regenerate", .scope(.calendarsWrite), of: "calendar", .json(RegenerateAvailability.read),
            regenerate
        ),
        Route(.post, "/api/v1/availability/preview", .scope(.calendarsRead), at: .anywhere, .bytes, preview),
    ]

    /// The query in the request's parameters.
    static func query(_ call: Call) throws -> AvailabilityQuery {
        let reader = QueryReader(call.request)
        let range = reader.range()
        let zone = reader.zone(call.services.zones)
        let duration = reader.int("duration_minutes", in: 1...1440)
        let isGrouped =
            reader.parsed("group_by", "invalid_value", "must be day") { $0.exact == "day" ? true : nil } ?? false
        try reader.check()
        guard let range else { throw Problem.query(reader.errors.all) }
        return AvailabilityQuery(range: range, zone: zone, duration: duration, isGroupedByDay: isGrouped)
    }

    /// The slots of a calendar that the principal may see.
    static func answer(
        _ call: Call, _ query: AvailabilityQuery, of id: ID, to principal: Principal
    ) async throws -> Response {
        let answer = try await answering { try await call.api.tenants.availability(id, query, for: principal) }
        if call.has(answer.etag) { return .notModified(answer.etag) }
        return long(answer.body, headers: [.eTag: answer.etag, .cacheControl: "no-cache"])
    }

    static func explain(_ call: Call) async throws -> Response {
        let reader = QueryReader(call.request)
        let at = reader.required("at", "invalid_instant", "must be an RFC 3339 instant with an offset") {
            Instant(rfc3339: $0)
        }
        let duration = reader.int("duration_minutes", in: 1...1440)
        try reader.check()
        guard let at else { throw Problem.query(reader.errors.all) }
        return .json(
            try await answering {
                try await call.api.tenants.explain(call.id, at: at, duration: duration, for: call.principal)
            }
        )
    }

    static func regenerate(_ call: Call, _ regeneration: RegenerateAvailability) async throws -> Reply {
        try await call.calendar(needing: .edit) { calendar, command in
            guard regeneration.isHeavy else { return try await calendar.regenerate(regeneration, command) }
            return try await call.api.tenants.heavily(for: call.organizationID) { () async throws(CommandError) in
                try await calendar.regenerate(regeneration, command)
            }
        }
    }

    /// Reports the calendar's errors as errors of the query instead of the body.
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

    /// Reading a longer body is heavy work by itself. The weight of a shorter one is known once it is read.
    private static let shortPreview = 4_096

    static func preview(_ call: Call, _ bytes: [UInt8]) async throws -> Response {
        let now = call.services.clock.now()
        let read: @Sendable () throws -> AvailabilityPreview = {
            try JSON.parse(bytes).read { AvailabilityPreview.read($0, services: call.services) }
        }
        if bytes.count <= shortPreview, let answer = try read().answer(now: now, effort: Effort.light) {
            return long(ByteBuffer(bytes: answer))
        }
        let result = try await call.api.tenants.heavily(for: call.organizationID) {
            () async throws(CommandError) -> Result<[UInt8]?, any Error> in
            Result { try read().answer(now: now) }
        }
        guard let answer = try result.get() else { throw CommandError.overloaded }
        return long(ByteBuffer(bytes: answer))
    }

    private static func long(_ json: ByteBuffer, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "application/json; charset=utf-8"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: json))
    }
}
