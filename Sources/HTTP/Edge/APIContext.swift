public import Hummingbird
import NIOCore

/// What travels with a request.
public struct APIContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// The client's `X-Request-Id` if it sent a sane one, else one of ours.
    public var requestID = ""
    /// Whether another node has sent the request on: it goes no further.
    public var isForwarded = false

    /// Where the answer is written.
    let eventLoop: any EventLoop

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        eventLoop = source.channel.eventLoop
    }

    /// Answers a request.
    typealias Handler = @Sendable (Request, APIContext) async throws -> Response
}
