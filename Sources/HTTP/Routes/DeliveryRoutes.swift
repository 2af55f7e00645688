import JSON
import AlmanacRuntime
import SQL
import HTTPTypes
import Hummingbird
import Scheduling
import TenantActors

/// `/admin/deliveries`: what the organization's people were told, or could not be.
struct DeliveryRoutes {
    let api: API

    func register(on routes: RouteTable) {
        routes.get("/api/v1/admin/deliveries", at: .anywhere, query: .page(and: "status"), list)
        routes.post("/api/v1/admin/deliveries/{id}/retry", retry)
    }

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .admin)
        let query = QueryReader(request)
        let names = Delivery.Status.allCases.map(\.rawValue).joined(separator: ", ")
        let status = query.parsed("status", "invalid_value", "must be one of \(names)") {
            Delivery.Status(named: $0)
        }
        let page = query.page(
            api, context, of: principal.organizationID, filters: [Array((status?.rawValue ?? "").utf8)]
        )
        try query.check()
        let deliveries = try await api.deliveries.list(
            principal.organizationID, status: status, after: page.cursor, limit: page.limit + 1
        )
        return Answer.page(deliveries, page, id: { $0.id }) { $1.raw($0.json) }
    }

    func retry(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await api.authenticator.principal(request, .admin)
        let id = try api.id(context, "delivery")
        let command = try api.command(request, context, principal)
        let reply = try await api.tenants.answers.answer(command) { () async throws(CommandError) -> Reply in
            try await requeue(id, command)
        }
        return Answer.reply(reply)
    }

    private func requeue(_ id: ID, _ command: CommandContext) async throws(CommandError) -> Reply {
        let now = api.services.clock.now()
        let audit = AuditEntry(
            id: api.services.ids.next(), action: "delivery.retry", targetID: id, principal: command.principal,
            requestID: command.requestID, at: now
        )
        let isQueued: Bool
        let found: Delivery?
        do throws(StoreError) {
            isQueued = try await api.deliveries.requeue(id, command.organizationID, audit: audit, now: now)
            found = try await api.deliveries.find(id, command.organizationID)
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
        api.wakeChannels()
        return Reply(status: 200, body: delivery.json)
    }
}
