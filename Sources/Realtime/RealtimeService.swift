import AlmanacRuntime
import HTTPTypes
import NIOCore
public import TenantActors
import Synchronization

/// The live feed: who may listen, and how many do.
public final class RealtimeService: Sendable {
    public let configuration: RealtimeConfiguration
    let source: any FeedSource
    let gate: any RealtimeGate
    let clock: any WallClock
    let zones: ZoneDatabase
    let connections: ConnectionCount
    let monotonic: @Sendable () -> UInt64
    let sleep: @Sendable (Duration) async throws -> Void

    public convenience init(
        tenants: Tenants, gate: any RealtimeGate, configuration: RealtimeConfiguration = RealtimeConfiguration()
    ) {
        let services = tenants.services
        self.init(
            source: tenants, gate: gate, clock: services.clock, zones: services.zones, configuration: configuration
        )
    }

    init(
        source: any FeedSource, gate: any RealtimeGate, clock: any WallClock, zones: ZoneDatabase,
        configuration: RealtimeConfiguration,
        monotonic: @escaping @Sendable () -> UInt64 = SystemClock.monotonic,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.source = source
        self.gate = gate
        self.clock = clock
        self.zones = zones
        self.configuration = configuration
        self.monotonic = monotonic
        self.sleep = sleep
        connections = ConnectionCount(limit: configuration.maxConnections)
    }

    /// Has the feed's metrics there before anything is counted.
    public static func registerMetrics() { RealtimeMetrics.register() }

    /// How many sockets are open.
    public var openSockets: Int { connections.count }
}

extension RealtimeService: SocketService {
    func admit(_ head: HTTPRequest) async -> SocketAdmission {
        switch await gate.admit(head) {
        case .admitted(let principal):
            .admitted { FeedSession(service: self, principal: principal, sendQueue: $0) }
        case .refused(let response, let body): .refused(response, body: body)
        }
    }

    func problem(
        _ status: HTTPResponse.Status, code: String, detail: String, for head: HTTPRequest
    ) -> (head: HTTPResponse, body: ByteBuffer) {
        gate.problem(status, code: code, detail: detail, for: head)
    }
}
