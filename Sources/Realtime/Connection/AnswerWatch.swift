import NIOCore
import NIOHTTP1

/// Tells the ``ConnectionGuard`` when answers begin and end, and writes into them what becomes of the connection.
final class AnswerWatch: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let connection: ConnectionGuard

    init(_ connection: ConnectionGuard) { self.connection = connection }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // Nothing follows the answer that ends a connection.
        if connection.isEnding {
            promise?.succeed()
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.code >= 200:
            switch connection.answerBegins(closing: head.headers.saysClose) {
            case .ends: head.headers.replaceOrAdd(name: "Connection", value: "close")
            case .isKeptOld: head.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
            case .isKept: return context.write(data, promise: promise)
            }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .head, .body: context.write(data, promise: promise)
        case .end:
            context.write(data, promise: promise)
            connection.answerEnded()
        }
    }
}

extension HTTPHeaders {
    fileprivate var saysClose: Bool {
        self["Connection"].contains { value in
            var value = value
            return value.withUTF8 { Bytes.equals(UnsafeRawBufferPointer($0), "close", ignoringCase: true) }
        }
    }
}
