import AlmanacRuntime

/// An address that is safe to send to a mail server: one local part, one domain, and nothing that could end a command
/// or a header (RFC 5321 §4.1.2).
struct MailAddress: Sendable, Equatable {
    /// The local part as commands and headers contain it, quoted if necessary. Letters outside ASCII need SMTPUTF8 (RFC
    /// 6531).
    let local: String
    /// The domain in ASCII; names in other scripts are in their A-label form (RFC 5890 §2.3.2.1).
    let domain: String

    var spec: String { "\(local)@\(domain)" }

    /// Whether only a server with SMTPUTF8 accepts the address.
    var needsSMTPUTF8: Bool { !local.utf8.allSatisfy { $0 < 0x80 } }

    /// Accepts `local@domain` without quotes, comments or brackets: every address that a field accepts, and every
    /// usable one that earlier releases accepted.
    init(_ text: String) throws(UnusableAddress) {
        let bytes = Array(text.utf8)
        guard bytes.count <= 320, bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F && !Self.unsafe.contains($0) }) else {
            throw .malformed
        }
        let parts = bytes.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, (1...64).contains(parts[0].count) else { throw .malformed }
        let local = String(decoding: parts[0], as: UTF8.self)
        if parts[0].allSatisfy({ $0 < 0x80 }) {
            self.local = Self.isDotAtom(parts[0]) ? local : "\"\(local)\""
        } else {
            guard EmailAddress.normalized(text)?.utf8.elementsEqual(bytes) ?? false else { throw .malformed }
            self.local = local
        }
        guard let domain = InternationalDomain.ascii(String(decoding: parts[1], as: UTF8.self)) else {
            throw .malformed
        }
        self.domain = domain
    }

    /// RFC 5322 §3.2.3.
    private static func isDotAtom(_ text: ArraySlice<UInt8>) -> Bool {
        text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && $0.allSatisfy(atext.contains) }
    }

    private static let unsafe = Set("<>\"\\".utf8)
    private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    private static let atext = Set((letters + "!#$%&'*+-/=?^_`{|}~").utf8)
}

/// Why an address is not sent to a mail server.
enum UnusableAddress: Error, Equatable {
    case malformed

    /// The reason in the delivery's record. It does not contain the address.
    var reason: String { "address: cannot be mailed to" }
}
