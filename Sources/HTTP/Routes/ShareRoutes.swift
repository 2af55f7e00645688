import JSON
import AlmanacRuntime
import Hummingbird
import Scheduling
import TenantActors

/// `/calendars/{id}/shares`: who else may see or use a calendar.
enum ShareRoutes {
    private static let collection = "/api/v1/calendars/{id}/shares"
    private static let one = "/api/v1/calendars/{id}/shares/{share_id}"

    static let table = [
        Route(.post, collection, .scope(.calendarsWrite), of: "calendar", .json(given), create),
        Route(.get, collection, .scope(.calendarsRead), query: .page, of: "calendar", list),
        Route(.get, one, .scope(.calendarsRead), of: "calendar", get),
        Route(.delete, one, .scope(.calendarsWrite), of: "calendar", delete),
    ]

    private static func given(_ reader: ObjectReader, _ call: Call) -> GiveShare? {
        GiveShare.read(reader, organization: call.organizationID, now: call.services.clock.now())
    }

    static func create(_ call: Call, _ share: GiveShare) async throws -> Response {
        // The secret of a link is a credential.
        try await call.calendar(needing: .manage) { try await $0.share(share, $1) }.response(to: call).notToBeKept
    }

    static func list(_ call: Call) async throws -> Response {
        let page = try call.page()
        let shares = try await shares(call).sorted { $0.id < $1.id }
            .filter { share in page.cursor.map { share.id > $0 } ?? true }
        return page.answer(Array(shares.prefix(page.lookahead)), id: \.id) { $1.raw($0.json(of: call.id)) }
    }

    static func get(_ call: Call) async throws -> Tagged {
        let shares = try await shares(call)
        let id = try call.id("share", "share_id")
        let share = try shares.first { $0.id == id }.found(as: "share")
        return Tagged(share, share.json(of: call.id))
    }

    static func delete(_ call: Call) async throws {
        try await call.calendar(needing: .manage) {
            try await $0.revokeShare(try call.id("share", "share_id"), ifMatch: call.ifMatch, $1)
        }
    }

    private static func shares(_ call: Call) async throws -> [CalendarShare] {
        try await call.calendar(needing: .manage) { try await $0.current().shares }
    }
}
