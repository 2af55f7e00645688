public import Prometheus
import SQL
public import AlmanacChannels
public import AlmanacRuntime
public import HTTP
public import Hummingbird
import HummingbirdCore
public import Logging
import Metrics
import NIOCore
import Realtime
import Scheduling
import ServiceLifecycle
import Synchronization
import UnixSignals
public import TenantActors

/// The composition root: the only place that knows every module.
public struct AlmanacServer: Sendable {
    public let configuration: AlmanacConfiguration
    public let tenants: Tenants
    public let registry: PrometheusRegistry
    /// Answers requests. Tests call it without a socket.
    let responder: RouterResponder<APIContext>
    let record: OpenDatabase
    let log: CommitLog
    let dispatcher: Dispatcher
    let distributor = FeedDistributor()
    let authorizer: UpgradeAuthorizer
    let realtime: RealtimeService
    let zoneUpkeep: ZoneUpkeep
    let health: StoreHealth
    let dayRecorder: DayRecorder
    /// Nil if no other node can use the database.
    let node: SharedNode?
    private let hot: RedisHotStore?
    private let policies: ListenerPolicies
    private let logger: Logger
    private let isDraining = Readiness()

    /// Opens the database, updates its schema, and connects the modules. The server does not listen yet.
    ///
    /// - Parameters:
    ///   - channels: how people get messages; if nil, by e-mail, or by the log if no mail server is set.
    ///   - addRoutes: more routes, for benchmarks.
    ///   - observing: wraps the database, for tests and benchmarks that count its calls.
    public init(
        _ configuration: AlmanacConfiguration, logger: Logger, clock: any WallClock = SystemClock(),
        registry: PrometheusRegistry = PrometheusRegistry(), channels: [any AlmanacChannels.Channel]? = nil,
        addRoutes: (Router<APIContext>) -> Void = { _ in },
        observing: (any Database) -> any Database = { $0 }
    ) async throws {
        self.configuration = configuration
        self.logger = logger
        self.registry = registry
        let record = try await OpenDatabase.open(configuration, logger: logger)
        self.record = record
        let (database, secrets) = (observing(record.database), record.secrets)
        let store = record.database
        let health = StoreHealth {
            () async throws(StoreError) in
            try await store.probe()
        } noted: { failure in
            if let failure {
                logger.error("nothing can be written", metadata: ["cause": "\(failure)"])
            } else {
                logger.notice("writes succeed")
            }
        }
        self.health = health
        let published = Signal()
        let log = CommitLog(
            database: database, maxBatch: configuration.maxBatch, maxQueued: configuration.maxQueued,
            committers: record.committers, published: published, health: health
        )
        self.log = log
        let zones = ZoneDatabase(directory: configuration.zones.directory)
        let hot = try record.hot(configuration, logger: logger)
        self.hot = hot
        let channels = try channels ?? ChannelSet.make(configuration, zones: zones, clock: clock, logger: logger)
        let mayShare = hot != nil
        // Nothing below throws before all properties are set: only `close` ends the node's connections to other nodes.
        let node = record.shared.map {
            SharedNode(configuration, $0, secrets: secrets, mayShare: mayShare, logger: logger)
        }
        self.node = node
        let services = TenantServices(
            database: database, log: log, clock: clock, ids: IDGenerator(clock: clock), zones: zones,
            secrets: secrets, logger: logger, publishedEvents: Dispatcher.events(of: channels),
            fanOut: distributor, ownership: node?.leases ?? ConstantOwnership(), hot: hot,
            maxHoldsPerCredential: configuration.holds.maxPerCredential, publicURL: configuration.publicURL,
            work: WorkGate(configuration.work.gate, hasThreads: true), ruleSteps: configuration.work.ruleSteps,
            memory: CacheBudget(limit: configuration.work.cacheBytes),
            announceRevocation: { [shared = record.shared] in await shared?.announce(OpenDatabase.revocations) }
        )
        let dispatcher = Dispatcher(
            services: services, channels: channels, schedule: configuration.deliveries.schedule,
            node: configuration.nodeID, published: published
        )
        self.dispatcher = dispatcher
        let tenants = Tenants(
            services: services, maxActive: configuration.maxActors,
            maxCredentialAge: node == nil ? nil : .seconds(30)
        )
        self.tenants = tenants
        let zoneUpkeep = ZoneUpkeep(tenants: tenants)
        self.zoneUpkeep = zoneUpkeep
        dayRecorder = DayRecorder(tenants: tenants)
        node?.leases.onChange {
            await tenants.leave($0)
        } gained: {
            await tenants.gained($0)
            await zoneUpkeep.lookAgain()
        }
        let authenticator = await Authenticator(
            tenants: tenants, operatorToken: configuration.operatorToken, jwt: configuration.jwt
        )
        let api = API(
            tenants: tenants, authenticator: authenticator, maxBodyBytes: configuration.maxBodyBytes,
            nodes: node?.leases ?? SingleNode(id: configuration.nodeID, clock: clock),
            retries: configuration.deliveries.schedule,
            ticketLimits: configuration.realtime.tickets, wakeChannels: dispatcher.wake
        )
        authorizer = UpgradeAuthorizer(api: api)
        let realtime = RealtimeService(
            source: tenants, gate: authorizer, clock: clock, zones: services.zones, settings: configuration.realtime
        )
        self.realtime = realtime
        let readiness = isDraining
        let forwarder = node?.forwarder(authenticator, maxBodyBytes: configuration.maxBodyBytes, api)
        let router = APIRouter.make(
            api: api, registry: registry, forwarder: forwarder,
            browsers: BrowserSettings(
                origins: configuration.http.corsOrigins, gzipCacheBytes: configuration.http.gzipCacheBytes
            )
        ) {
            guard !readiness.isDraining, node?.leases.canServe != false, log.queued < configuration.maxQueued else {
                return false
            }
            return await health.isWell()
        }
        addRoutes(router)
        responder = router.buildResponder()
        let policies = ListenerPolicies(configuration, logger: logger, problem: authorizer.problem)
        self.policies = policies
        registry.describe(MetricDescriptions.all)
        registry.observeProcess()
        registry.gauge("almanac_commit_queue_changes") { Double(log.queued) }
        registry.gauge("almanac_active_calendars") { Double(tenants.calendars.count) }
        registry.gauge("almanac_realtime_sockets") { Double(realtime.connections.count) }
        registry.gauge("almanac_connections") { Double(policies.ledger.count) }
        registry.gauge("almanac_shards_held") { Double(node.map { $0.leases.heldCount } ?? Shard.count) }
        registry.gauge("almanac_active_organizations") { Double(tenants.organizations.count) }
        registry.observe(services.counts)
        registry.observe(services.memory)
        registry.observe(bodies: api.room.bodies, answers: api.room.answers, snapshots: services.memory.handedOut)
        registry.observe(services.work)
        registry.announce(configuration)
        // If other nodes may run, this node joins only when they can reach it.
        if !mayShare { try await node?.leases.join() }
    }

    /// Serves until the process gets a signal to stop. Then it drains: it takes no new connections, finishes running
    /// requests, writes all waiting changes, and closes the database.
    ///
    /// - Parameter onReady: called with the port when the server takes requests.
    public func run(onReady: @escaping @Sendable (Int) async -> Void = { _ in }) async throws {
        let logger = logger
        let (node, health) = (node, health)
        let host = configuration.host
        let application = Application(
            responder: responder,
            server: .realtime(realtime, policy: policies.outer),
            configuration: .init(address: .hostname(host, port: configuration.port), serverName: nil),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? 0
                await node?.leases.joined()
                // The internal listener failed to open.
                if Task.isCancelled { return }
                await health.check()
                logger.info("ready", metadata: ["address": "http://\(host):\(port)"])
                await onReady(port)
            },
            logger: logger
        )
        // The group stops these in reverse order, so the node hands over its shards while it still takes and forwards
        // requests.
        let services: [(any Service)?] = [
            health, tenants.services.hotState, log, dispatcher, distributor, tenants.replicas,
            CalendarTicker(tenants: tenants),
            DayService(recorder: dayRecorder),
            ZoneService(upkeep: zoneUpkeep, interval: .seconds(configuration.zones.checkSeconds)),
            node?.revocationListener(tenants),
            node?.listener(responder, policies.inner, logger: logger),
            AddressListener(listener: application, host: host, port: configuration.port, keys: "http.host, http.port"),
            node?.keeper,
            DrainSignal(readiness: isDraining),
        ]
        var group = ServiceGroupConfiguration(
            services: services.compactMap { service in service.map { .init(service: $0) } },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        group.maximumGracefulShutdownDuration = .seconds(6)
        let result: Result<Void, any Error>
        do { result = .success(try await ServiceGroup(configuration: group).run()) } catch { result = .failure(error) }
        await close()
        try result.get()
        logger.info("stopped")
    }

    /// Gives up the node's leases and closes its connections. Nothing is written after this.
    func close() async {
        await node?.leases.leave()
        await node?.line?.close()
        await hot?.close()
        await record.close()
    }
}

/// Whether the server is shutting down.
final class Readiness: Sendable {
    private let draining = Atomic<Bool>(false)

    var isDraining: Bool { draining.load(ordering: .acquiring) }

    func drain() { draining.store(true, ordering: .releasing) }
}

/// Turns readiness off as the first step of a shutdown, before connections are closed.
struct DrainSignal: Service {
    let readiness: Readiness

    func run() async throws {
        try? await gracefulShutdown()
        readiness.drain()
    }
}
