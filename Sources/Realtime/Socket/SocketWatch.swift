import AlmanacRuntime
import Metrics
import NIOCore
import NIOWebSocket

/// Keeps a socket's time: asks whether the client is there, closes when it says nothing or takes nothing, and when the
/// server shuts down.
final class SocketWatch: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let sendQueue: SendQueue
    private let settings: RealtimeSettings
    /// How often it looks: no limit is overstepped by more than a quarter.
    private let period: Duration
    private var timer: Scheduled<Void>?
    private var lastRead = NIODeadline.now()
    private var lastPing = NIODeadline.now()
    /// Bytes given to the channel since the beginning, and how many of them it had passed on when that last grew.
    private var written = 0
    private var taken = 0
    /// What was waiting then.
    private var outstanding = 0
    private var lastTaken = NIODeadline.now()

    init(sendQueue: SendQueue, settings: RealtimeSettings) {
        self.sendQueue = sendQueue
        self.settings = settings
        period = min(settings.pingInterval, min(settings.idleTimeout, settings.stallTimeout) / 4)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let now = context.eventLoop.now
        (lastRead, lastPing, lastTaken) = (now, now, now)
        schedule(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastRead = context.eventLoop.now
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        written += unwrapOutboundIn(data).readableBytes
        context.write(data, promise: promise)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { sendQueue.close(Close(.goingAway, "the server is shutting down")) }
        context.fireUserInboundEventTriggered(event)
    }

    private func stop() {
        timer?.cancel()
        timer = nil
    }

    private func schedule(_ context: ChannelHandlerContext) {
        let next = min(context.eventLoop.now + period, lastPing + settings.pingInterval)
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: next) { [weak self] in
            guard let self, timer != nil else { return }
            check(context)
            schedule(context)
        }
    }

    private func check(_ context: ChannelHandlerContext) {
        let now = context.eventLoop.now
        if isStalled(context, now) {
            RealtimeMetrics.stalled.increment()
            context.close(promise: nil)
        } else if now >= lastRead + settings.idleTimeout {
            sendQueue.close(Close(.goingAway, "nothing was heard of the client"))
        } else if now >= lastPing + settings.pingInterval {
            lastPing = now
            sendQueue.change { state in
                state.ping()
                state.attend(to: .checkCredential)
            }
        }
    }

    /// The least rate of a reader, as of a request's body, in bytes a second.
    private static let leastRate = 512

    /// Whether bytes have been waiting for the whole stall timeout without enough of them leaving.
    private func isStalled(_ context: ChannelHandlerContext, _ now: NIODeadline) -> Bool {
        let waiting = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        let enough = min(outstanding, Self.leastRate * Int(settings.stallTimeout.components.seconds))
        if waiting == 0 || written - waiting - taken >= max(1, enough) {
            taken = written - waiting
            outstanding = waiting
            lastTaken = now
        }
        return now >= lastTaken + settings.stallTimeout
    }
}
