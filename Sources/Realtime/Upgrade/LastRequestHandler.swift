import NIOCore
import NIOHTTP1
import Scheduling

/// Ends a connection with the answer to a request after which the HTTP decoder understands no further one.
///
/// That is a request with `Upgrade` and `Connection: upgrade` (RFC 9110 §7.8), or a CONNECT: the decoder takes what
/// follows for another protocol and keeps it, whether or not anybody changes the protocol. Without this a client that
/// goes on with HTTP, as it may when the upgrade is not taken, waits for ever, and what it sends piles up.
final class LastRequestHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Requests that came, and answers that went.
    private var requests = 0
    private var answers = 0
    /// The number of the last request, once it is known.
    private var last: Int?
    /// Whether the last request has come whole: nothing is read after it.
    private var isWhole = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            requests += 1
            if Self.isLast(head) { last = requests }
        case .body: break
        case .end: isWhole = last != nil
        }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        if !isWhole { context.read() }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.code >= 200 && answers + 1 == last:
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .head, .body: context.write(data, promise: promise)
        case .end:
            answers += 1
            guard answers == last else { return context.write(data, promise: promise) }
            context.writeAndFlush(data, promise: promise)
            context.close(mode: .output, promise: nil)
        }
    }

    private static func isLast(_ head: HTTPRequestHead) -> Bool {
        let asks = head.headers.contains(name: "Upgrade") && head.headers.has("upgrade", in: "Connection")
        return head.method == .CONNECT || asks
    }
}
