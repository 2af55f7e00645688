import AlmanacRuntime
import ArgumentParser
import Echo
import Hummingbird
import HummingbirdCore
import Logging
import Realtime
import Server

/// A WebSocket on `/` that sends back what it is told: for suites that test the protocol itself.
struct EchoServer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "echo", abstract: "Serve a WebSocket that echoes.")

    func run() async throws {
        let configuration = try await ConfigurationLoader.load(ChannelSet.settings, path: nil)
        let logger = Logger(label: "almanac-bench") { StreamLogHandler.standardError(label: $0) }
        let host = configuration.host
        let router = Router()
        router.get("/health/ready") { _, _ in HTTPResponse.Status.ok }
        let application = Application(
            router: router, server: .realtime(Echo()),
            configuration: .init(address: .hostname(host, port: configuration.port)),
            onServerRunning: { channel in
                logger.info("ready", metadata: ["address": "http://\(host):\(channel.localAddress?.port ?? 0)"])
            },
            logger: logger
        )
        try await application.run()
    }
}
