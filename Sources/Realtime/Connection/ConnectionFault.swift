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

    var status: HTTPResponse.Status {
        switch self {
        case .malformed, .version, .handshake: .badRequest
        case .headTooLarge: .requestHeaderFieldsTooLarge
        case .late: .requestTimeout
        case .full, .undecided, .draining: .serviceUnavailable
        case .method: .methodNotAllowed
        case .webSocketVersion: .upgradeRequired
        }
    }

    var code: String {
        switch self {
        case .malformed, .version: "malformed_request"
        case .headTooLarge: "headers_too_large"
        case .late: "request_timeout"
        case .full, .undecided: "overloaded"
        case .method: "method_not_allowed"
        case .handshake: "invalid_handshake"
        case .webSocketVersion: "upgrade_required"
        case .draining: "draining"
        }
    }

    var detail: String {
        switch self {
        case .malformed(let detail), .handshake(let detail): detail
        case .version: "This server speaks HTTP/1.1."
        case .headTooLarge: "The request's header is larger than this server accepts."
        case .late: "The request's header did not come in time."
        case .full: "More connections are open than this server takes on. Try again."
        case .method: "This server is no proxy."
        case .webSocketVersion: "The only WebSocket version is \(Handshake.version)."
        case .undecided: "The decision took too long. Try again."
        case .draining: "The server is shutting down. Try again."
        }
    }
}
