import HTTPTypes
import NIOCore

/// A WebSocket that says back what it is told, text and binary, over the same layers as the live feed: for suites that
/// test a server's WebSocket, such as Autobahn's.
public final class RealtimeEcho: Sendable {
    public let configuration: RealtimeConfiguration
    let connections: ConnectionCount

    public init(path: String = "/", maxMessageBytes: Int = 64 * 1_048_576) {
        var configuration = RealtimeConfiguration()
        configuration.path = path
        configuration.maxMessageBytes = maxMessageBytes
        self.configuration = configuration
        connections = ConnectionCount(limit: configuration.maxConnections)
    }
}

extension RealtimeEcho: SocketService {
    func admit(_ head: HTTPRequest) async -> SocketAdmission { .admitted { EchoHandler(sendQueue: $0) } }

    func problem(
        _ status: HTTPResponse.Status, code: String, detail: String, for head: HTTPRequest
    ) -> (head: HTTPResponse, body: ByteBuffer) {
        (HTTPResponse(status: status, headerFields: [.contentType: "text/plain"]), ByteBuffer(string: detail + "\n"))
    }
}
