public import Hummingbird

/// What travels with a request.
public struct APIContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// The client's `X-Request-Id` if it sent a sane one, else one of ours.
    public var requestID = ""
    /// Whether another node has sent the request on: it goes no further.
    public var isForwarded = false

    public init(source: ApplicationRequestContextSource) { coreContext = .init(source: source) }

    /// Answers a request.
    typealias Handler = @Sendable (Request, APIContext) async throws -> Response
}
