import HTTPTypes
public import Hummingbird
public import NIOCore

/// A connection to another node's internal listener.
public protocol NodeLine: Sendable {
    /// Forwards a request and returns the outcome. Cancelling the task closes the connection.
    func send(_ request: ForwardedRequest, to url: String) async -> ForwardOutcome
}

/// A request to forward.
public struct ForwardedRequest: Sendable {
    public let head: Request
    public let body: ByteBuffer
    public let requestID: String
}

/// The outcome of a forwarded request.
public enum ForwardOutcome: Sendable {
    case answered(Response)
    /// The other node has certainly not carried out the request.
    case notTaken
    /// The other node may have carried out the request: the connection broke, or the owner changed, before an answer
    /// came.
    case broken
}
