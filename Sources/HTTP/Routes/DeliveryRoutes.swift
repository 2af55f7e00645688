import JSON
import AlmanacRuntime
import SQL
import Hummingbird
import Scheduling
import TenantActors

/// `/admin/deliveries`: the organization's messages, sent or failed.
enum DeliveryRoutes {
    private static let collection = "/api/v1/admin/deliveries"

    static let table = [
        Route(.get, collection, .scope(.admin), at: .anywhere, query: .page(and: "status"), list),
        Route(.post, "\(collection)/{id}/retry", .scope(.admin), of: "delivery", retry),
    ]

    static func list(_ call: Call) async throws -> Response {
        let query = QueryReader(call.request)
        let names = Delivery.Status.allCases.map(\.rawValue).joined(separator: ", ")
        let status = query.parsed("status", "invalid_value", "must be one of \(names)") {
            Delivery.Status(named: $0)
        }
        let page = query.page(call, of: call.organizationID, filters: [Array((status?.rawValue ?? "").utf8)])
        try query.check()
        let deliveries = try await call.api.deliveries.list(
            call.organizationID, status: status, after: page.cursor, limit: page.lookahead
        )
        return page.answer(deliveries, id: \.id) { $1.raw($0.json) }
    }

    static func retry(_ call: Call) async throws -> Reply {
        let command = try call.command()
        return try await call.api.tenants.answers.answer(command) { () async throws(CommandError) -> Reply in
            try await requeue(call, command)
        }
    }

    private static func requeue(_ call: Call, _ command: CommandContext) async throws(CommandError) -> Reply {
        let now = call.services.clock.now()
        let audit = AuditEntry(
            id: call.services.ids.next(), action: "delivery.retry", targetID: call.id, principal: command.principal,
            requestID: command.requestID, at: now
        )
        let isQueued: Bool
        let found: Delivery?
        do throws(StoreError) {
            isQueued = try await call.api.deliveries.requeue(call.id, command.organizationID, audit: audit, now: now)
            found = try await call.api.deliveries.find(call.id, command.organizationID)
        } catch {
            throw .unavailable(error)
        }
        guard let delivery = found else { throw .notFound(what: "delivery", pointer: nil) }
        guard isQueued else {
            throw .conflict(
                delivery.status == .delivered
                    ? ResourceConflict(code: "already_delivered", detail: "This was delivered.")
                    : ResourceConflict(code: "delivery_in_progress", detail: "An attempt is under way.")
            )
        }
        call.api.wakeChannels()
        return Reply(status: 200, body: delivery.json)
    }
}
