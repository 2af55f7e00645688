import JSON
import AlmanacRuntime
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
        let now = api.services.clock.now()
        let audit = AuditEntry(
            id: api.services.ids.next(), action: "delivery.retry", targetID: id, principal: principal.credential,
            requestID: context.requestID, at: now
        )
        let isQueued = try await api.deliveries.requeue(id, principal.organizationID, audit: audit, now: now)
        guard let delivery = try await api.deliveries.find(id, principal.organizationID) else {
            throw Problem.notFound("delivery")
        }
        guard isQueued else {
            throw delivery.status == .delivered
                ? Problem(.conflict, "already_delivered", "This was delivered.")
                : Problem(.conflict, "delivery_in_progress", "An attempt is under way.")
        }
        api.wakeChannels()
        return Answer.json(delivery.json)
    }
}
