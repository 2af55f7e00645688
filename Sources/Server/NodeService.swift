import AlmanacRuntime
import HTTP
import Hummingbird
import HummingbirdCore
import Logging
import Realtime
import ServiceLifecycle
import Synchronization
import TenantActors

/// This node among others: its leases, its connections to the other nodes, and the listener for requests that they
/// forward.
struct SharedNode: Sendable {
    let leases: ShardLeases
    /// Nil if no other node may run.
    let line: HTTPNodeLine?
    private let settings: NodeSettings
    private let secrets: Secrets
    private let shared: OpenDatabase.Shared
    private let port = InternalPort()

    /// - Parameter mayShare: whether other nodes may run beside this one.
    init(
        _ configuration: AlmanacConfiguration, _ shared: OpenDatabase.Shared, secrets: Secrets, mayShare: Bool,
        logger: Logger
    ) {
        settings = configuration.nodes
        self.secrets = secrets
        self.shared = shared
        leases = ShardLeases(
            store: shared.leases,
            node: NodeIdentity(id: configuration.nodeID, incarnation: shared.incarnation, url: ""),
            lease: .seconds(settings.leaseSeconds), mayShare: mayShare, logger: logger,
            hear: { await shared.hear(PostgresLeaseStore.channel, $0) }
        )
        line = mayShare ? HTTPNodeLine(secret: secrets.nodeSecret) : nil
    }

    func forwarder(_ authenticator: Authenticator, maxBodyBytes: Int, _ api: API) -> Forwarder? {
        line.map { line in
            Forwarder(
                leases: leases, line: line, authenticator: authenticator, maxBodyBytes: maxBodyBytes, room: api.room
            )
        }
    }

    /// The internal listener. It must be up before the server takes requests from clients.
    func listener(
        _ responder: RouterResponder<APIContext>, _ policy: ConnectionPolicy, logger: Logger
    ) -> (any Service)? {
        guard line != nil else { return nil }
        let port = port
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            responder: InternalResponder(router: responder, secret: secrets.nodeSecret),
            server: .realtime(nil, policy: policy),
            configuration: .init(
                address: .hostname(settings.internalHost, port: settings.internalPort), serverName: nil
            ),
            onServerRunning: { port.tell($0.localAddress?.port ?? 0) },
            logger: quiet
        )
        return AddressListener(
            listener: application, host: settings.internalHost, port: settings.internalPort,
            keys: "\(settings.internalHostKey), internal.port"
        )
    }

    /// The service that renews the leases. If other nodes may run, it joins them first.
    var keeper: any Service {
        guard line != nil else { return LeaseKeeper(leases: leases, url: nil) }
        let (settings, port) = (settings, port)
        return LeaseKeeper(leases: leases) { settings.reachableURL(port: await port.number()) }
    }

    /// The service that learns which credentials ended on other nodes, and whose membership changed there.
    func revocationListener(_ tenants: Tenants) -> any Service {
        RevocationListener(shared: shared, tenants: tenants)
    }
}

/// The port of the internal listener, as soon as it is known.
private final class InternalPort: Sendable {
    private let stream: AsyncStream<Int>
    private let continuation: AsyncStream<Int>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    func tell(_ port: Int) { continuation.yield(port) }

    func number() async -> Int {
        for await port in stream { return port }
        return 0
    }
}

private struct LeaseKeeper: Service {
    let leases: ShardLeases
    /// Nil if the node has joined already.
    let url: (@Sendable () async -> String)?

    func run() async throws {
        if let url {
            let url = await url()
            try Task.checkCancellation()
            try await leases.join(at: url)
        }
        try await leases.run()
    }
}

private struct RevocationListener: Service {
    let shared: OpenDatabase.Shared
    let tenants: Tenants

    func run() async throws {
        let heard = Signal()
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                // The caches are cleared at once. Checking the watchers takes time, so it runs beside that.
                group.addTask {
                    while !Task.isCancelled {
                        await heard.wait()
                        await tenants.reviewWatchers()
                    }
                }
                // A node may die before it announces a change. So the watchers are also checked every 30 seconds.
                group.addTask {
                    while (try? await Task.sleep(for: .seconds(30))) != nil { heard.fire() }
                }
                await shared.hear(OpenDatabase.revocations) {
                    tenants.keys.forgetAll()
                    tenants.members.forgetAll()
                    heard.fire()
                }
                group.cancelAll()
            }
        }
    }
}
