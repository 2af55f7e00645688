import CCurl
import Scheduling

/// How one attempt to send ended, as libcurl reports it.
struct SMTPAttempt: Sendable, Equatable {
    let code: CURLcode
    /// The code of the last reply; 0 without one.
    let reply: Int
    /// Whether the connection had carried a mail before.
    let isReused: Bool
    /// Whether the server had asked for the message.
    let isMessageAsked: Bool

    /// Whether the server had closed a kept connection before it accepted anything. A new connection may work.
    var wasStale: Bool {
        guard isReused, !isMessageAsked else { return false }
        switch code {
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_WEIRD_SERVER_REPLY:
            // Servers also close idle connections with 421 (RFC 5321 §3.8).
            return reply == 421 || reply < 400
        default:
            return false
        }
    }

    var outcome: DeliveryOutcome {
        switch code {
        case CURLE_OK:
            return .delivered
        case CURLE_SEND_ERROR where reply >= 400, CURLE_WEIRD_SERVER_REPLY where isMessageAsked && reply >= 400,
            CURLE_RECV_ERROR where isMessageAsked && reply >= 400:
            // The reply to MAIL, RCPT, DATA, or the message itself.
            return isFinal ? .rejected(reason: "smtp \(reply)") : .retry(afterSeconds: nil, reason: "smtp \(reply)")
        default:
            let replied = reply >= 400 ? ", smtp \(reply)" : ""
            return .retry(
                afterSeconds: nil, reason: "\(Self.ofTheServer) \(code.rawValue): \(Self.name(code))\(replied)")
        }
    }

    private static let ofTheServer = "curl"

    /// Whether the reason of a retry concerns the connection to the server or our login, and therefore every message.
    static func isOfTheServer(_ reason: String) -> Bool { reason.exact.hasPrefix(ofTheServer.exact) }

    /// Whether the reply is 5yz, except those that ask for TLS or credentials (RFC 4954 §6, RFC 3207 §4): the operator
    /// can mend these.
    private var isFinal: Bool {
        500..<600 ~= reply && ![523, 530, 534, 535, 538].contains(reply)
    }

    /// libcurl's own text for its code. It contains nothing of this transfer.
    static func name(_ code: CURLcode) -> String { String(cString: curl_easy_strerror(code)) }
}
