public import Hummingbird

/// What travels with a request.
public struct APIContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// The client's `X-Request-Id` if it sent a sane one, else one of ours.
    public var requestID = ""

    public init(source: ApplicationRequestContextSource) { coreContext = .init(source: source) }
}
