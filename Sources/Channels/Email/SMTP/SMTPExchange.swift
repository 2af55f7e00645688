import AlmanacRuntime

/// What libcurl's callbacks read and note during one mail. It lives as long as its handle, on the handle's thread.
final class SMTPExchange {
    /// How long the answer to QUIT may take, in nanoseconds: the mail's outcome is known by then.
    private static let farewell: UInt64 = 500_000_000

    private let shouldAbort: () -> Bool
    private var message: [UInt8] = []
    private var sent = 0
    private var job: SMTPJob?
    private var quitAt: UInt64?
    /// Whether libcurl asked for the message. From then on, the server may have accepted it.
    private(set) var isMessageAsked = false
    /// The codes of the server's replies, in order.
    private(set) var replies: [Int] = []
    private(set) var offersAuthentication = false
    /// Whether the server of the current connection accepts addresses with letters outside ASCII (RFC 6531 §3.1).
    private(set) var offersSMTPUTF8 = false

    init(shouldAbort: @escaping () -> Bool) { self.shouldAbort = shouldAbort }

    func begin(_ job: SMTPJob?) {
        self.job = job
        message = job?.message ?? []
        sent = 0
        quitAt = nil
        isMessageAsked = false
        replies = []
    }

    func end() {
        job = nil
        message = []
    }

    /// Copies the message's next bytes; 0 at its end.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        isMessageAsked = true
        let count = min(buffer.count, message.count - sent)
        message.withUnsafeBytes { bytes in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[sent..<sent + count]))
        }
        sent += count
        return count
    }

    /// Notes one line of a reply (RFC 5321 §4.2): three digits, then `-` if more lines follow.
    func noteReply(_ line: UnsafeRawBufferPointer) {
        guard line.count >= 3, let code = Int(String(decoding: line[0..<3], as: UTF8.self)) else { return }
        if line.count >= 8, line[4..<8].elementsEqual("AUTH".utf8) { offersAuthentication = true }
        if Self.keyword(line).elementsEqual("SMTPUTF8".utf8) { offersSMTPUTF8 = true }
        guard line.count == 3 || line[3] != UInt8(ascii: "-") else { return }
        if replies.count < 64 { replies.append(code) }
    }

    /// The keyword in a line of the answer to EHLO, in upper case (RFC 5321 §4.1.1.1).
    private static func keyword(_ line: UnsafeRawBufferPointer) -> [UInt8] {
        line.dropFirst(4).prefix { $0 > 0x20 }.map {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) ? $0 & 0xDF : $0
        }
    }

    func noteCommand(_ line: UnsafeRawBufferPointer) {
        // Each connection gets a new answer to EHLO, and another one after STARTTLS.
        if line.starts(with: "EHLO".utf8) || line.starts(with: "HELO".utf8) { offersSMTPUTF8 = false }
        if line.starts(with: "QUIT".utf8) { quitAt = SystemClock.monotonic() }
    }

    /// Whether the transfer should be aborted. libcurl asks about once a second.
    var isOver: Bool {
        if shouldAbort() || job?.isSettled == true { return true }
        return quitAt.map { SystemClock.monotonic() - $0 > Self.farewell } ?? false
    }
}
