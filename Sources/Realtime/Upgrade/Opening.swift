import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// What a connection turned out to be.
enum Opening: Sendable {
    /// It stays with HTTP; its first request has not been taken off it.
    case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
    /// It wants to become a WebSocket.
    case handshake(HTTPRequestHead, Handshake)
    /// It closed before it said anything.
    case gone
}

/// A connection of which is not known yet what it will be.
struct OpeningConnection: ServerChildChannelValue {
    let channel: any Channel
    let negotiator: NIOLoopBound<UpgradeNegotiator>
    let opening: EventLoopFuture<Opening>

    /// Waits for the first request, or for the end. A cancelled task closes the connection.
    func whatItIs() async -> Opening {
        await withTaskCancellationHandler {
            (try? await opening.get()) ?? .gone
        } onCancel: {
            channel.close(promise: nil)
        }
    }
}
