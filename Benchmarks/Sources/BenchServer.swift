import AlmanacRuntime
import ArgumentParser
import HTTP
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Server

/// The server with two more routes: a constant answer of a size to be compared with, and what loading a calendar takes.
struct BenchServer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve as almanac does, and GET /bench/constant and /bench/activation beside it."
    )

    func run() async throws {
        let configuration = try await ConfigurationLoader.load(ChannelSet.settings, path: nil)
        var logger = Logger(label: "almanac-bench") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = configuration.logLevel
        let activation = ActivationRoute()
        let addRoutes = { (router: Router<APIContext>) in
            activation.register(on: router)
            let largest = ByteBuffer(repeating: UInt8(ascii: "x"), count: 4 * 1_048_576)
            router.get("/bench/constant") { request, _ -> Response in
                let size = request.uri.queryParameters["bytes"].flatMap { Int($0) } ?? 0
                let body = largest.getSlice(at: 0, length: min(max(0, size), largest.readableBytes)) ?? ByteBuffer()
                return Response(
                    status: .ok, headers: [.contentType: "application/json; charset=utf-8"],
                    body: ResponseBody(byteBuffer: body)
                )
            }
        }
        let server = try await AlmanacServer(
            configuration, logger: logger, addRoutes: addRoutes, observing: activation.observe
        )
        activation.use(server.tenants)
        try await server.run()
    }
}
