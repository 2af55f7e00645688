import HTTPTypes

/// Why a connection is ended with an answer of its own, before or without the router.
enum ConnectionFault: Error, Hashable {
    /// Not HTTP/1.1 as RFC 9112 has it; what is wrong, in words.
    case malformed(String)
    /// Another version than 1.0 and 1.1.
    case version
    case headTooLarge
    /// The head did not come in time.
    case late
    /// Only the reserve is left, and it is not for this request.
    case full
    /// CONNECT, or another method on something that is no path.
    case method

    var status: HTTPResponse.Status {
        switch self {
        case .malformed, .version: .badRequest
        case .headTooLarge: .requestHeaderFieldsTooLarge
        case .late: .requestTimeout
        case .full: .serviceUnavailable
        case .method: .methodNotAllowed
        }
    }

    var code: String {
        switch self {
        case .malformed, .version: "malformed_request"
        case .headTooLarge: "headers_too_large"
        case .late: "request_timeout"
        case .full: "overloaded"
        case .method: "method_not_allowed"
        }
    }

    var detail: String {
        switch self {
        case .malformed(let detail): detail
        case .version: "This server speaks HTTP/1.1."
        case .headTooLarge: "The request's header is larger than this server accepts."
        case .late: "The request's header did not come in time."
        case .full: "More connections are open than this server takes on. Try again."
        case .method: "This server is no proxy."
        }
    }
}
