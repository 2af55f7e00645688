import HTTPTypes
public import Hummingbird
public import NIOCore

/// The way to another node's internal listener.
public protocol NodeLine: Sendable {
    /// Sends a request on, and returns what came of it. A task that is cancelled hangs up.
    func send(_ request: ForwardedRequest, to url: String) async -> ForwardOutcome
}

/// A request as it is sent on.
public struct ForwardedRequest: Sendable {
    public let head: Request
    public let body: ByteBuffer
    public let requestID: String
}

/// What came of a request that was sent on.
public enum ForwardOutcome: Sendable {
    case answered(Response)
    /// The other node has not carried it out, for sure.
    case notTaken
    /// It may have been carried out: the connection broke, or the owner changed, before there was an answer.
    case broken
}
