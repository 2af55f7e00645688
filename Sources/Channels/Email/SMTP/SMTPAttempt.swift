import CCurl
import Scheduling

/// How one attempt to send ended, as libcurl tells it.
struct SMTPAttempt: Sendable, Equatable {
    let code: CURLcode
    /// The last reply's code; 0 without one.
    let reply: Int
    /// Whether the connection had carried a mail before.
    let isReused: Bool
    /// Whether the server had asked for the message.
    let isMessageAsked: Bool

    /// A connection that was kept open was closed by the server before it took anything: another one may do.
    var wasStale: Bool {
        guard isReused, !isMessageAsked else { return false }
        switch code {
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_WEIRD_SERVER_REPLY:
            // 421 is also how servers close what idled too long (RFC 5321 §3.8).
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
            // To MAIL, RCPT, DATA, or the message itself.
            return isFinal ? .rejected(reason: "smtp \(reply)") : .retry(afterSeconds: nil, reason: "smtp \(reply)")
        default:
            let replied = reply >= 400 ? ", smtp \(reply)" : ""
            return .retry(
                afterSeconds: nil, reason: "\(Self.ofTheServer) \(code.rawValue): \(Self.name(code))\(replied)")
        }
    }

    private static let ofTheServer = "curl"

    /// Whether the reason of a retry is about the way to the server or our login, and so about every message.
    static func isOfTheServer(_ reason: String) -> Bool { reason.exact.hasPrefix(ofTheServer.exact) }

    /// 5yz, but not those that ask for TLS or credentials (RFC 4954 §6, RFC 3207 §4): these are the installation's to
    /// mend.
    private var isFinal: Bool {
        500..<600 ~= reply && ![523, 530, 534, 535, 538].contains(reply)
    }

    /// libcurl's own words for its code, which hold nothing of this transfer.
    static func name(_ code: CURLcode) -> String { String(cString: curl_easy_strerror(code)) }
}
