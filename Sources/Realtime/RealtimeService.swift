package import AlmanacRuntime
package import HTTPTypes
package import NIOCore
import TenantActors

/// The live feed: who may listen, and how many do.
package final class RealtimeService: Sendable {
    package let settings: RealtimeSettings
    let source: any FeedSource
    let gate: any RealtimeGate
    let clock: any WallClock
    let zones: ZoneDatabase
    package let connections: ConnectionCount
    let monotonic: @Sendable () -> UInt64
    let sleep: @Sendable (Duration) async throws -> Void

    package init(
        source: any FeedSource, gate: any RealtimeGate, clock: any WallClock, zones: ZoneDatabase,
        settings: RealtimeSettings,
        monotonic: @escaping @Sendable () -> UInt64 = SystemClock.monotonic,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.source = source
        self.gate = gate
        self.clock = clock
        self.zones = zones
        self.settings = settings
        self.monotonic = monotonic
        self.sleep = sleep
        connections = ConnectionCount(limit: settings.maxConnections)
    }
}

extension RealtimeService: SocketService {
    package func admit(_ head: HTTPRequest) async throws -> MakeHandler {
        let principal = try await gate.principal(head)
        return { FeedSession(service: self, principal: principal, sendQueue: $0) }
    }

    package func answer(to error: any Error) -> (head: HTTPResponse, body: ByteBuffer) {
        guard let fault = error as? ConnectionFault else { return gate.answer(to: error) }
        let (status, code, detail) = fault.problem
        return gate.problem(status, code, detail)
    }
}
