package import AlmanacRuntime
package import HTTPTypes
package import NIOCore

/// What the upgrade needs to know of those who will use the socket.
package protocol SocketService: Sendable {
    var settings: RealtimeSettings { get }
    var connections: ConnectionCount { get }

    /// Makes what will stand behind the socket, or throws why there is to be none.
    func admit(_ head: HTTPRequest) async throws -> MakeHandler

    /// What answers an error of ``admit(_:)``, or a ``ConnectionFault``.
    func answer(to error: any Error) -> (head: HTTPResponse, body: ByteBuffer)
}

/// Makes what stands behind a socket.
package typealias MakeHandler = @Sendable (SendQueue) -> any MessageHandler
