import AlmanacRuntime
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket

/// A connection that speaks HTTP/1.1 as ``HTTP1Channel`` does, and may become a WebSocket with its first request.
struct UpgradingChannel: ServerChildChannel {
    let http: HTTP1Channel
    /// Nil where no connection becomes a WebSocket.
    let service: (any SocketService)?
    /// Nil where connections are trusted.
    let policy: ConnectionPolicy?

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<OpeningConnection> {
        channel.eventLoop.makeCompletedFuture {
            let opening = channel.eventLoop.makePromise(of: Opening.self)
            let connection = admit(channel)
            let handlers = HTTPHandlers(channel.pipeline.syncOperations, http.configuration, connection, logger)
            let negotiator = UpgradeNegotiator(handlers: handlers, path: service?.settings.path, opening: opening)
            do {
                try handlers.install(with: negotiator)
            } catch {
                opening.succeed(.gone)
                throw error
            }
            return OpeningConnection(
                channel: channel, negotiator: NIOLoopBound(negotiator, eventLoop: channel.eventLoop),
                opening: opening.futureResult
            )
        }
    }

    /// Counts the connection in, or closes it; nil where nobody counts.
    private func admit(_ channel: any Channel) -> ConnectionGuard? {
        guard let policy else { return nil }
        guard let entry = policy.ledger.enter(channel.remoteAddress) else {
            ConnectionMetrics.count(.full)
            channel.close(promise: nil)
            return ConnectionGuard(policy, isReserve: true)
        }
        channel.closeFuture.whenComplete { _ in policy.ledger.leave(entry) }
        return ConnectionGuard(policy, isReserve: entry.isReserve)
    }

    func handle(value connection: OpeningConnection, logger: Logger) async {
        switch await connection.whatItIs() {
        case .gone: break
        case .http(let channel): await http.handle(value: channel, logger: logger)
        case .handshake(let head, let handshake):
            if let service { await Upgrade(connection: connection, service: service).run(head, handshake) }
        }
    }
}
