import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// The handlers of an HTTP/1.1 connection, the same as ``HTTP1Channel`` installs, with some among them that know of
/// upgrades, of what a client may take, and of what those behind them take too long for:
///
///     ► guard, ◄ encoder, decoder, ► answer watch, last request, negotiator ◄, codec, ► plain heads ◄, state
final class HTTPHandlers {
    private let encoder: HTTPResponseEncoder
    private let decoder: ByteToMessageHandler<HTTPRequestDecoder>
    /// Nil where connections are trusted.
    private let connection: ConnectionGuard?
    /// Between the decoder and the negotiator, and behind that.
    private let before: [any RemovableChannelHandler]
    private let behind: [any RemovableChannelHandler]
    private let pipeline: ChannelPipeline.SynchronousOperations

    init(
        _ pipeline: ChannelPipeline.SynchronousOperations, _ configuration: HTTP1Channel.Configuration,
        _ connection: ConnectionGuard?, _ logger: Logger
    ) {
        self.pipeline = pipeline
        self.connection = connection
        let watch: [any RemovableChannelHandler] = connection.map { [AnswerWatch($0)] } ?? []
        before = watch + [LastRequestHandler()]
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = configuration.httpDecoder.maxHeaderFieldSize
        limits.maxHeaderListSize = configuration.httpDecoder.maxHeaderListSize
        limits.maxHeaderFieldCount = configuration.httpDecoder.maxHeaderFieldCount
        encoder = HTTPResponseEncoder(configuration: .init())
        decoder = ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits)
        )
        // The guard keeps the time.
        let state = HTTPConnectionStateHandler(idleTimeout: nil, logger: logger)
        behind = [HTTP1ToHTTPServerCodec(secure: false), PlainHeads(), state]
    }

    func install(with negotiator: UpgradeNegotiator) throws {
        let first: [any ChannelHandler] = connection.map { [$0] } ?? []
        try pipeline.addHandlers(first + [encoder, decoder] + before + [negotiator] + behind)
    }

    /// The connection wants to leave HTTP: what reads requests further is not needed any more.
    func removeAroundNegotiator() {
        for handler in before + behind { pipeline.removeHandler(handler, promise: nil) }
    }

    /// Done when the decoder has given back what it had not decoded.
    func removeBeforeNegotiator() -> EventLoopFuture<Void> {
        pipeline.removeHandler(encoder, promise: nil)
        return pipeline.removeHandler(decoder)
    }

    /// The connection speaks another protocol from here on.
    func pass() { connection?.pass() }
}
