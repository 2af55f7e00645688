import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket

/// Sees the first request of a connection and finds out whether the connection stays with HTTP.
///
///                 ┌─anything else─► HTTP: this handler leaves
///     waiting ────┤
///                 └─handshake─► deciding ──refused──► refusing ──► closed
///                                   └──────admitted──► leaving ──HTTP decoder gone──► WebSocket
///
/// While it is being decided nothing is read, so that little can pile up; what the client sent right behind its
/// handshake stays in the HTTP decoder, which gives it back when it is removed.
final class UpgradeNegotiator: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case waiting
        case deciding
        case leaving([NIOAny])
        case refusing
        case done
    }

    private let handlers: HTTPHandlers
    /// Where WebSockets are; nil if there are none.
    private let path: String?
    private let opening: EventLoopPromise<Opening>
    private var eventLoop: any EventLoop { opening.futureResult.eventLoop }
    private var state = State.waiting
    private var context: ChannelHandlerContext?
    private var isDraining = false

    init(handlers: HTTPHandlers, path: String?, opening: EventLoopPromise<Opening>) {
        self.handlers = handlers
        self.path = path
        self.opening = opening
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        // Succeeding twice does nothing.
        opening.succeed(.gone)
    }

    // MARK: Inbound

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        case .waiting:
            if let path, case .head(let head) = unwrapInboundIn(data) {
                let handshake = Handshake(head, path: path)
                if handshake != .none { return decide(head, handshake) }
            }
            stayWithHTTP(context) { context.fireChannelRead(data) }
        case .leaving(let kept): state = .leaving(kept + [data])
        case .deciding, .refusing: break
        case .done: context.fireChannelRead(data)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch state {
        case .waiting: stayWithHTTP(context) { context.fireErrorCaught(error) }
        case .deciding, .leaving, .refusing: break
        case .done: context.fireErrorCaught(error)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch state {
        case .waiting where event is ChannelShouldQuiesceEvent: context.fireUserInboundEventTriggered(event)
        case .waiting: stayWithHTTP(context) { context.fireUserInboundEventTriggered(event) }
        case .deciding:
            if event is ChannelShouldQuiesceEvent { isDraining = true }
            if case .inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
        case .leaving, .refusing: break
        case .done: context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        state = .done
        opening.succeed(.gone)
        context.fireChannelInactive()
    }

    // MARK: Outbound

    func read(context: ChannelHandlerContext) {
        switch state {
        case .waiting, .done: context.read()
        case .deciding, .leaving, .refusing: break
        }
    }

    // MARK: Ways out

    private func stayWithHTTP(_ context: ChannelHandlerContext, _ forward: () -> Void) {
        state = .done
        do {
            opening.succeed(
                .http(
                    try NIOAsyncChannel(
                        wrappingChannelSynchronously: context.channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                )
            )
        } catch {
            opening.succeed(.gone)
            context.close(promise: nil)
            return
        }
        forward()
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    private func decide(_ head: HTTPRequestHead, _ handshake: Handshake) {
        state = .deciding
        handlers.removeAroundNegotiator()
        opening.succeed(.handshake(head, handshake))
    }

    /// Answers with a refusal and closes, at the latest after `timeout`.
    func refuse(_ response: HTTPResponse, _ body: ByteBuffer, closingWithin timeout: TimeAmount) {
        guard case .deciding = state, let context else { return }
        state = .refusing
        var head = HTTPResponseHead(response)
        head.headers.replaceOrAdd(name: "Content-Length", value: String(body.readableBytes))
        if !head.headers.contains(name: "Connection") { head.headers.add(name: "Connection", value: "close") }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(mode: .output, promise: nil)
        let channel = context.channel
        eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
    }

    enum Outcome: Sendable {
        case upgraded(NIOAsyncChannel<WebSocketFrame, ByteBuffer>)
        case draining
        case gone
    }

    /// Answers with 101 and gives the connection to the handlers that `install` adds.
    func upgrade(
        _ headers: HTTPHeaders,
        _ install: @escaping (any Channel) throws -> NIOAsyncChannel<WebSocketFrame, ByteBuffer>
    ) -> EventLoopFuture<Outcome> {
        guard case .deciding = state, let context else { return eventLoop.makeSucceededFuture(.gone) }
        if isDraining { return eventLoop.makeSucceededFuture(.draining) }
        state = .leaving([])
        let head = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        return handlers.removeBeforeNegotiator().assumeIsolated().flatMapThrowing {
            guard case .leaving(let kept) = self.state, let context = self.context, context.channel.isActive else {
                return .gone
            }
            self.state = .done
            let channel = try install(context.channel)
            for data in kept { context.fireChannelRead(data) }
            context.fireChannelReadComplete()
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
            self.handlers.pass()
            context.channel.read()
            return .upgraded(channel)
        }.nonisolated()
    }
}
