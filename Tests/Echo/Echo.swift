package import AlmanacRuntime
package import HTTPTypes
package import NIOCore
package import Realtime

/// A WebSocket that says back what it is told, text and binary, over the same layers as the live feed: for suites that
/// test a server's WebSocket, such as Autobahn's.
package struct Echo: SocketService {
    package let settings: RealtimeSettings
    package let connections: ConnectionCount

    package init(path: String = "/", maxMessageBytes: Int = 64 * 1_048_576) {
        var settings = RealtimeSettings()
        settings.path = path
        settings.maxMessageBytes = maxMessageBytes
        self.settings = settings
        connections = ConnectionCount(limit: settings.maxConnections)
    }

    package func admit(_ head: HTTPRequest) async throws -> MakeHandler {
        { EchoHandler(sendQueue: $0) }
    }

    package func answer(to error: any Error) -> (head: HTTPResponse, body: ByteBuffer) {
        (
            HTTPResponse(status: .badRequest, headerFields: [.contentType: "text/plain"]),
            ByteBuffer(string: "\(error)\n")
        )
    }
}

private struct EchoHandler: MessageHandler {
    let acceptsBinary = true
    let sendQueue: SendQueue

    func receive(_ message: SocketMessage) async { sendQueue.send(message) }

    func attend(to chore: Chore) async {}

    func end() async {}
}
