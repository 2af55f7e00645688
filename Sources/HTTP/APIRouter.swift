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
        table(api: api, registry: registry, forwarder: forwarder, isReady: isReady).install(on: router)
        return router
    }

    /// Every route there is.
    static func table(
        api: API, registry: PrometheusRegistry, forwarder: Forwarder? = nil,
        isReady: @escaping @Sendable () async -> Bool
    ) -> RouteTable {
        let routes = RouteTable(authenticator: api.authenticator, forwarder: forwarder)
        SystemRoutes(api: api, registry: registry, isReady: isReady).register(on: routes)
        PlatformRoutes(api: api).register(on: routes)
        NodeRoutes(api: api).register(on: routes)
        APIKeyRoutes(api: api).register(on: routes)
        MembershipRoutes<Member>(api: api).register(on: routes)
        MembershipRoutes<Team>(api: api).register(on: routes)
        CalendarRoutes(api: api).register(on: routes)
        ShareRoutes(api: api).register(on: routes)
        PublicShareRoutes(api: api).register(on: routes)
        OpeningRuleRoutes<AvailabilityRule>(api: api).register(on: routes)
        OpeningRuleRoutes<BufferTime>(api: api).register(on: routes)
        OpeningRuleRoutes<BreakTime>(api: api).register(on: routes)
        OpeningRuleRoutes<BreakTime>(api: api).registerRecurring(on: routes)
        OpeningRuleRoutes<BlackoutDate>(api: api).register(on: routes)
        AvailabilityRoutes(api: api).register(on: routes)
        AppointmentRoutes(api: api).register(on: routes)
        RealtimeRoutes(api: api).register(on: routes)
        DeliveryRoutes(api: api).register(on: routes)
        return routes
    }
}
