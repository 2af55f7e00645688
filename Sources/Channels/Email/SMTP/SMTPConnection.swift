import AlmanacRuntime
import CCurl
import Glibc

/// One libcurl handle, which keeps its connection to the server open between mails. Only one thread may use it.
final class SMTPConnection {
    private let handle: UnsafeMutableRawPointer
    private let exchange: SMTPExchange

    /// Initializes libcurl once for the process, before any handle.
    private static let isLibraryReady = almanac_global_init() == CURLE_OK

    /// Nil if libcurl cannot make a handle.
    init?(_ mail: EmailSettings, hostname: String, shouldAbort: @escaping () -> Bool) {
        guard Self.isLibraryReady, let handle = curl_easy_init() else { return nil }
        self.handle = handle
        exchange = SMTPExchange(shouldAbort: shouldAbort)
        guard configure(mail, hostname: hostname), SMTPCallbacks.install(exchange, on: handle) else { return nil }
    }

    deinit {
        // QUIT, which follows, would wait up to two minutes for its answer. So the socket is shut down for reading.
        var socket = CURL_SOCKET_BAD
        if almanac_getinfo_socket(handle, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK, socket != CURL_SOCKET_BAD {
            shutdown(socket, Int32(SHUT_RD))
        }
        curl_easy_cleanup(handle)
    }

    /// Sends one mail. Blocks until its deadline at the latest.
    func send(_ job: SMTPJob) -> DeliveryOutcome {
        if job.needsSMTPUTF8 {
            // Without SMTPUTF8, libcurl would send the address all the same, and the server might take it for another
            // one.
            let asked = greet(job)
            guard asked.code == CURLE_OK else { return asked.outcome }
            guard exchange.offersSMTPUTF8 else {
                return .rejected(
                    reason:
                        "address: letters outside ASCII before the @ need SMTPUTF8, which the mail server does not offer"
                )
            }
        }
        let first = attempt(job, onFreshConnection: false)
        return (first.wasStale ? attempt(job, onFreshConnection: true) : first).outcome
    }

    /// Opens a connection if there is none, and reads what its server offers.
    private func greet(_ job: SMTPJob) -> SMTPAttempt {
        let now = SystemClock.monotonic()
        let left = job.deadline > now ? Int((job.deadline - now) / 1_000_000) : 0
        guard left > 1 else {
            return SMTPAttempt(code: CURLE_OPERATION_TIMEDOUT, reply: 0, isReused: false, isMessageAsked: false)
        }
        set(CURLOPT_UPLOAD, 0)
        almanac_setopt_text(handle, CURLOPT_CUSTOMREQUEST, "NOOP")
        defer {
            almanac_setopt_text(handle, CURLOPT_CUSTOMREQUEST, nil)
            set(CURLOPT_UPLOAD, 1)
        }
        let first = perform(nil, milliseconds: left / 2, onFreshConnection: false)
        return first.wasStale ? perform(nil, milliseconds: left / 2, onFreshConnection: true) : first
    }

    /// Connects, encrypts and logs in as for a mail, but sends none (NOOP, RFC 5321 §4.1.1.9).
    func probe(seconds: Int) -> (attempt: SMTPAttempt, exchange: SMTPExchange) {
        set(CURLOPT_UPLOAD, 0)
        almanac_setopt_text(handle, CURLOPT_CUSTOMREQUEST, "NOOP")
        return (perform(nil, milliseconds: seconds * 1_000, onFreshConnection: true), exchange)
    }

    private func attempt(_ job: SMTPJob, onFreshConnection: Bool) -> SMTPAttempt {
        let now = SystemClock.monotonic()
        // libcurl must end before the caller gives up.
        let left = job.deadline > now ? Int((job.deadline - now) / 1_000_000) : 0
        let milliseconds = left - min(250, left / 10)
        var recipients: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(recipients) }
        recipients = curl_slist_append(nil, job.to.spec)
        guard milliseconds > 0, recipients != nil else {
            let code = recipients == nil ? CURLE_OUT_OF_MEMORY : CURLE_OPERATION_TIMEDOUT
            return SMTPAttempt(code: code, reply: 0, isReused: false, isMessageAsked: false)
        }
        almanac_setopt_text(handle, CURLOPT_MAIL_FROM, job.from.spec)
        almanac_setopt_list(handle, CURLOPT_MAIL_RCPT, recipients)
        almanac_setopt_offset(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(job.message.count))
        defer { almanac_setopt_list(handle, CURLOPT_MAIL_RCPT, nil) }
        return perform(job, milliseconds: milliseconds, onFreshConnection: onFreshConnection)
    }

    private func perform(_ job: SMTPJob?, milliseconds: Int, onFreshConnection: Bool) -> SMTPAttempt {
        exchange.begin(job)
        defer { exchange.end() }
        set(CURLOPT_TIMEOUT_MS, milliseconds)
        set(CURLOPT_FRESH_CONNECT, onFreshConnection ? 1 : 0)
        let code = curl_easy_perform(handle)
        var reply = 0
        var connects = 0
        almanac_getinfo_long(handle, CURLINFO_RESPONSE_CODE, &reply)
        almanac_getinfo_long(handle, CURLINFO_NUM_CONNECTS, &connects)
        return SMTPAttempt(
            code: code, reply: reply, isReused: connects == 0, isMessageAsked: exchange.isMessageAsked
        )
    }

    private func configure(_ mail: EmailSettings, hostname: String) -> Bool {
        let scheme = mail.isImplicitTLS ? "smtps" : "smtp"
        // The text after the slash is the name in EHLO (RFC 5321 §4.1.1.1).
        let texts: [(CURLoption, String?)] = [
            (CURLOPT_PROTOCOLS_STR, "smtp,smtps"),
            (CURLOPT_URL, "\(scheme)://\(mail.host):\(mail.port)/\(hostname)"),
            // Uses no proxy, whatever the environment says.
            (CURLOPT_PROXY, ""),
            (CURLOPT_USERNAME, mail.username), (CURLOPT_PASSWORD, mail.password),
            (CURLOPT_LOGIN_OPTIONS, mail.username == nil ? nil : "AUTH=PLAIN;AUTH=LOGIN"),
            (CURLOPT_CAINFO, mail.caFile),
        ]
        for (option, text) in texts {
            guard let text else { continue }
            guard almanac_setopt_text(handle, option, text) == CURLE_OK else { return false }
        }
        let encryption: curl_usessl =
            switch mail.tls {
            case .auto: mail.username == nil ? CURLUSESSL_TRY : CURLUSESSL_ALL
            case .required: CURLUSESSL_ALL
            case .off: CURLUSESSL_NONE
            }
        let numbers: [(CURLoption, Int)] = [
            (CURLOPT_NOSIGNAL, 1), (CURLOPT_UPLOAD, 1), (CURLOPT_NOPROGRESS, 0),
            (CURLOPT_SSL_VERIFYPEER, 1), (CURLOPT_SSL_VERIFYHOST, 2),
            (CURLOPT_USE_SSL, Int(encryption.rawValue)), (CURLOPT_CONNECTTIMEOUT_MS, 10_000),
            // A name server that hangs must not delay the deadline.
            (CURLOPT_QUICK_EXIT, 1),
        ]
        return numbers.allSatisfy { set($0.0, $0.1) }
    }

    @discardableResult
    private func set(_ option: CURLoption, _ value: Int) -> Bool {
        almanac_setopt_long(handle, option, value) == CURLE_OK
    }
}
