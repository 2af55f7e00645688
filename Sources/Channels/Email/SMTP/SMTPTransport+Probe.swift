import AlmanacRuntime
import CCurl

/// Whether the mail server would accept mail.
public enum SMTPProbe: Sendable, Equatable {
    case ready(isEncrypted: Bool, isAuthenticated: Bool)
    /// What is wrong, and how to mend it.
    case problem(String)
}

extension SMTPTransport {
    /// Connects, encrypts and logs in as for a mail, but sends none.
    public static func probe(_ mail: EmailSettings, seconds: Int = 10) async -> SMTPProbe {
        guard let from = try? MailAddress(mail.from) else { return .problem("mail.from cannot be mailed from") }
        return await withCheckedContinuation { continuation in
            SMTPThread.start("smtp-probe") {
                guard let connection = SMTPConnection(mail, hostname: from.domain, shouldAbort: { false }) else {
                    continuation.resume(returning: .problem("libcurl cannot be used: install libcurl 7.87 or newer"))
                    return
                }
                let (attempt, exchange) = connection.probe(seconds: seconds)
                continuation.resume(returning: finding(mail, attempt, exchange))
            }
        }
    }

    private static func finding(
        _ mail: EmailSettings, _ attempt: SMTPAttempt, _ exchange: SMTPExchange
    ) -> SMTPProbe {
        guard attempt.code == CURLE_OK else { return .problem(advice(mail, attempt)) }
        // 220 greets, and also answers STARTTLS (RFC 3207 §4). 235 means that the login succeeded (RFC 4954 §6).
        let isEncrypted = mail.isImplicitTLS || exchange.replies.filter { $0 == 220 }.count > 1
        let isAuthenticated = exchange.replies.contains(235)
        if mail.username != nil, !isAuthenticated {
            return .problem(
                exchange.offersAuthentication
                    ? "the server offers neither AUTH PLAIN nor LOGIN: nothing else is used"
                    : "the server offers no login here: check the port in smtp.url (587 or 465), or unset smtp.username"
            )
        }
        return .ready(isEncrypted: isEncrypted, isAuthenticated: isAuthenticated)
    }

    private static func advice(_ mail: EmailSettings, _ attempt: SMTPAttempt) -> String {
        let server = "\(mail.host):\(mail.port)"
        switch attempt.code {
        case CURLE_COULDNT_RESOLVE_HOST:
            return "\(mail.host) is not a name that can be looked up: correct smtp.url, or mend DNS"
        case CURLE_COULDNT_CONNECT:
            return "nothing takes connections at \(server): correct smtp.url, or open the way to it"
        case CURLE_OPERATION_TIMEDOUT:
            return "\(server) does not answer in time: correct smtp.url (smtps:// and smtp:// differ), or open the way"
        case CURLE_PEER_FAILED_VERIFICATION:
            return "\(server) shows a certificate that cannot be verified: use the name it is made for in smtp.url, or "
                + "name its authority in smtp.ca_file"
        case CURLE_SSL_CACERT_BADFILE:
            return "smtp.ca_file cannot be read as PEM certificates"
        case CURLE_USE_SSL_FAILED:
            return "\(server) offers no STARTTLS: use smtps:// if it has that, or set smtp.tls to off where the way to "
                + "it is safe"
        case CURLE_SSL_CONNECT_ERROR:
            return "\(server) does not speak TLS as expected: smtps:// is TLS from the first byte, smtp:// is STARTTLS"
        case CURLE_LOGIN_DENIED:
            return "\(server) refuses smtp.username and smtp.password (smtp \(attempt.reply))"
        default:
            let reply = attempt.reply > 0 ? ", smtp \(attempt.reply)" : ""
            return "\(server): \(SMTPAttempt.name(attempt.code)) (curl \(attempt.code.rawValue)\(reply))"
        }
    }
}
