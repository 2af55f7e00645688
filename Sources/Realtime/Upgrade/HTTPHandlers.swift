import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// The handlers of an HTTP/1.1 connection, the same as ``HTTP1Channel`` installs, with two among them that know of
/// upgrades, and one that refuses what those behind it take too long for:
///
///     encoder, decoder, ► last request, negotiator ◄, codec, ► plain heads ◄, those of the configuration, connection state
final class HTTPHandlers {
    private let encoder: HTTPResponseEncoder
    private let decoder: ByteToMessageHandler<HTTPRequestDecoder>
    private let lastRequest = LastRequestHandler()
    private let behind: [any RemovableChannelHandler]
    private let pipeline: ChannelPipeline.SynchronousOperations

    init(
        _ pipeline: ChannelPipeline.SynchronousOperations, _ configuration: HTTP1Channel.Configuration, _ logger: Logger
    ) {
        self.pipeline = pipeline
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = configuration.httpDecoder.maxHeaderFieldSize
        limits.maxHeaderListSize = configuration.httpDecoder.maxHeaderListSize
        limits.maxHeaderFieldCount = configuration.httpDecoder.maxHeaderFieldCount
        encoder = HTTPResponseEncoder(configuration: .init())
        decoder = ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits)
        )
        let state = HTTPConnectionStateHandler(idleTimeout: configuration.idleTimeout.map { .init($0) }, logger: logger)
        behind =
            [HTTP1ToHTTPServerCodec(secure: false), PlainHeads()] + configuration.additionalChannelHandlers() + [state]
    }

    func install(with negotiator: UpgradeNegotiator) throws {
        try pipeline.addHandlers([encoder, decoder, lastRequest, negotiator] + behind)
    }

    /// The connection wants to leave HTTP: what reads requests further is not needed any more.
    func removeAroundNegotiator() {
        for handler in [lastRequest] + behind { pipeline.removeHandler(handler, promise: nil) }
    }

    /// Done when the decoder has given back what it had not decoded.
    func removeBeforeNegotiator() -> EventLoopFuture<Void> {
        pipeline.removeHandler(encoder, promise: nil)
        return pipeline.removeHandler(decoder)
    }
}
