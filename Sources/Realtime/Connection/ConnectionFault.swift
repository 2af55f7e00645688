import HTTPTypes

/// Why a connection is ended with an answer of its own, before or without the router, or a handshake is refused.
enum ConnectionFault: Error, Hashable {
    /// Not HTTP/1.1 as RFC 9112 has it; what is wrong, in words.
    case malformed(String)
    /// Another version than 1.0 and 1.1.
    case version
    case headTooLarge
    /// The head did not come in time.
    case late
    /// Only the reserve is left, and it is not for this request; or there are as many sockets as there may be.
    case full
    /// CONNECT, or another method on something that is no path.
    case method
    /// A handshake that cannot be granted; what is wrong, in words.
    case handshake(String)
    /// A handshake of another version of the WebSocket protocol (RFC 6455 §4.2.2, 4).
    case webSocketVersion
    /// The decision about a handshake took too long.
    case undecided
    case draining

    /// What the client is told: a problem's status, code and detail.
    var problem: (status: HTTPResponse.Status, code: String, detail: String) {
        switch self {
        case .malformed(let detail): (.badRequest, "malformed_request", detail)
        case .version: (.badRequest, "malformed_request", "This server speaks HTTP/1.1.")
        case .headTooLarge:
            (
                .requestHeaderFieldsTooLarge, "headers_too_large",
                "The request's header is larger than this server accepts."
            )
        case .late: (.requestTimeout, "request_timeout", "The request's header did not come in time.")
        case .full:
            (
                .serviceUnavailable, "overloaded",
                "More connections are open than this server takes on. Try again."
            )
        case .method: (.methodNotAllowed, "method_not_allowed", "This server is no proxy.")
        case .handshake(let detail): (.badRequest, "invalid_handshake", detail)
        case .webSocketVersion:
            (.upgradeRequired, "upgrade_required", "The only WebSocket version is \(Handshake.version).")
        case .undecided: (.serviceUnavailable, "overloaded", "The decision took too long. Try again.")
        case .draining: (.serviceUnavailable, "draining", "The server is shutting down. Try again.")
        }
    }
}
