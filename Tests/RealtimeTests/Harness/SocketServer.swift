import AlmanacRuntime
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Scheduling
import ServiceLifecycle
import TenantActors

@testable import Realtime

/// A server on a port of its own, with a live feed that a test speaks for.
struct SocketServer {
    let port: Int
    let feed: FakeFeed
    let gate: FakeGate
    let service: RealtimeService
    let clock: ManualClock
    private let group: ServiceGroup

    static let start = Instant(microseconds: 1_793_534_400_000_000)

    static func run(
        gate: FakeGate = FakeGate(), configure: (inout RealtimeSettings) -> Void = { _ in },
        _ body: (SocketServer) async throws -> Void
    ) async throws {
        var settings = RealtimeSettings()
        // On a busy machine the last frame may be written, or the gate heard, later than these would allow.
        (settings.closeTimeout, settings.admissionTimeout) = (.seconds(60), .seconds(60))
        configure(&settings)
        let feed = FakeFeed()
        let clock = ManualClock(start)
        let service = RealtimeService(
            source: feed, gate: gate, clock: clock, zones: ZoneDatabase(), settings: settings,
            sleep: { _ in await Task.yield() }
        )
        try await run(.realtime(service)) { port, group in
            try await body(
                SocketServer(port: port, feed: feed, gate: gate, service: service, clock: clock, group: group)
            )
        }
    }

    /// Runs what `builder` makes; its HTTP side answers with the request's method, path and body.
    static func run(
        _ builder: HTTPServerBuilder, _ body: (Int, ServiceGroup) async throws -> Void
    ) async throws {
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        let (ports, ready) = AsyncStream.makeStream(of: Int.self)
        let server = try builder.buildServer(
            configuration: ServerConfiguration(address: .hostname("127.0.0.1", port: 0), serverName: nil),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger,
            responder: { request, writer, _ in
                let body = try await request.body.collect(upTo: 1 << 20)
                let text = "\(request.method) \(request.uri.path) " + String(buffer: body)
                var answer = try await writer.writeHead(
                    HTTPResponse(status: .ok, headerFields: [.contentLength: "\(text.utf8.count)"])
                )
                try await answer.write(ByteBuffer(string: text))
                try await answer.finish(nil)
            },
            onServerRunning: { channel in ready.yield(channel.localAddress?.port ?? 0) }
        )
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [.init(service: server)], logger: logger)
        )
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = await iterator.next() ?? 0
            let result: Result<Void, any Error>
            do { result = .success(try await body(port, group)) } catch { result = .failure(error) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try result.get()
        }
    }

    func shutDown() async { await group.triggerGracefulShutdown() }

    /// Waits until every event loop has done what it had to do, and what came of that.
    func settle() async throws {
        for _ in 0..<2 {
            for loop in MultiThreadedEventLoopGroup.singleton.makeIterator() { try await loop.submit {}.get() }
        }
    }
}
