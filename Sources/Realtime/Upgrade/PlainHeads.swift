import HTTPTypes
public import NIOCore
import NIOHTTP1
public import NIOHTTPTypes
import Scheduling

/// Refuses requests whose target, `Host` or `Connection` is not of ASCII, which RFC 9112 §3 and RFC 9110 §5.6.2 ask for.
///
/// What stands behind reads these as `Character`s, with work that is quadratic in a run of combining marks: the server
/// looks for `close` in `Connection`, the address and the router take the target apart. All other headers are read by us,
/// by their bytes.
public final class PlainHeads: ChannelInboundHandler, RemovableChannelHandler {
    public typealias InboundIn = HTTPRequestPart
    public typealias InboundOut = HTTPRequestPart

    /// Nothing is handed on after a head that was refused.
    private var isBroken = false

    public init() {}

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isBroken { return }
        if case .head(let head) = unwrapInboundIn(data), let error = Self.error(in: head) {
            isBroken = true
            // As if the parser had found it.
            return context.fireErrorCaught(error)
        }
        context.fireChannelRead(data)
    }

    static func error(in head: HTTPRequest) -> HTTPParserError? {
        if head.path?.exact.isPlainASCII == false { return .invalidURL }
        let names = [head.authority, head.headerFields[.connection]]
        if names.contains(where: { $0?.exact.isPlainASCII == false }) { return .invalidHeaderToken }
        return nil
    }
}
