import HTTPTypes
import NIOCore

/// What the upgrade needs to know of those who will use the socket.
protocol SocketService: Sendable {
    var configuration: RealtimeConfiguration { get }
    var connections: ConnectionCount { get }

    func admit(_ head: HTTPRequest) async -> SocketAdmission

    func problem(
        _ status: HTTPResponse.Status, code: String, detail: String, for head: HTTPRequest
    ) -> (head: HTTPResponse, body: ByteBuffer)
}

enum SocketAdmission: Sendable {
    /// Makes what will stand behind the socket.
    case admitted(@Sendable (SendQueue) -> any MessageHandler)
    case refused(HTTPResponse, body: ByteBuffer)
}
