public import Prometheus
import AlmanacRuntime
public import Hummingbird
import TenantActors

/// All of the HTTP interface.
public enum APIRouter {
    /// - Parameter isReady: whether bookings can be taken now.
    public static func make(
        api: API, registry: PrometheusRegistry, forwarder: Forwarder? = nil,
        browsers: BrowserSettings = BrowserSettings(), isReady: @escaping @Sendable () async -> Bool
    ) -> Router<APIContext> {
        let router = Router(context: APIContext.self)
        router.add(
            middleware: EdgeMiddleware(
                ids: api.services.ids, logger: api.services.logger, browsers: browsers, work: api.services.work
            )
        )
        let routes = SystemRoutes(registry: registry, isReady: isReady).table + apiRoutes
        RouteTable(routes, api: api, forwarder: forwarder).install(on: router)
        return router
    }

    /// Every route below `/api/v1`.
    static let apiRoutes: [Route] = [
        PlatformRoutes.table, NodeRoutes.table, APIKeyRoutes.table, MemberRoutes.table, TeamRoutes.table,
        CalendarRoutes.table, ShareRoutes.table, PublicShareRoutes.table, OpeningRuleRoutes<AvailabilityRule>.table,
        OpeningRuleRoutes<BufferTime>.table, OpeningRuleRoutes<BreakTime>.table,
        OpeningRuleRoutes<BreakTime>.recurring, OpeningRuleRoutes<BlackoutDate>.table, AvailabilityRoutes.table,
        AppointmentRoutes.table, RealtimeRoutes.table, DeliveryRoutes.table,
    ].flatMap(\.self)
}
