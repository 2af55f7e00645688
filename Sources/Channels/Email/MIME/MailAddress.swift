/// An address that is safe to hand to a mail server: one local part, one domain, nothing that could end a command or
/// a header (RFC 5321 §4.1.2).
struct MailAddress: Sendable, Equatable {
    /// As it stands in commands and headers, quoted if it has to be.
    let local: String
    /// In ASCII; names in other scripts in their A-label form (RFC 5890 §2.3.2.1).
    let domain: String

    var spec: String { "\(local)@\(domain)" }

    /// Takes `local@domain` without quotes, comments or brackets.
    init(_ text: String) throws(UnusableAddress) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, text.utf8.count <= 320 else {
            throw .malformed
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }), !text.contains(where: { "<>\"\\".contains($0) })
        else { throw .malformed }
        guard parts[0].utf8.count <= 64 else { throw .malformed }
        guard parts[0].utf8.allSatisfy({ $0 < 0x80 }) else { throw .internationalLocalPart }
        local = Self.isDotAtom(parts[0]) ? String(parts[0]) : "\"\(parts[0])\""
        guard let domain = Self.asciiDomain(String(parts[1])) else { throw .malformed }
        self.domain = domain
    }

    /// RFC 5322 §3.2.3.
    private static func isDotAtom(_ text: Substring) -> Bool {
        text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && $0.allSatisfy(atext.contains) }
    }

    private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    private static let atext = Set((letters + "!#$%&'*+-/=?^_`{|}~").utf8)
    private static let hostBytes = Set((letters + "-.").utf8)

    private static func asciiDomain(_ text: String) -> String? {
        guard text.utf8.allSatisfy({ $0 >= 0x80 || hostBytes.contains($0) }) else { return nil }
        let ascii = text.utf8.allSatisfy { $0 < 0x80 } ? text : InternationalDomain.ascii(text)
        guard let ascii, ascii.utf8.count <= 255, ascii.utf8.allSatisfy(hostBytes.contains) else { return nil }
        let labels = ascii.split(separator: ".", omittingEmptySubsequences: false)
        let isSound = labels.allSatisfy { (1...63).contains($0.utf8.count) && !$0.hasPrefix("-") && !$0.hasSuffix("-") }
        return isSound ? ascii : nil
    }
}

/// Why an address is not handed to a mail server.
enum UnusableAddress: Error, Equatable {
    case malformed
    /// Letters outside ASCII before the `@` need SMTPUTF8 on the whole way (RFC 6531), which nobody can promise.
    case internationalLocalPart

    /// For the delivery's record; does not repeat the address.
    var reason: String {
        switch self {
        case .malformed: "address: cannot be mailed to"
        case .internationalLocalPart: "address: letters outside ASCII before the @ need SMTPUTF8, which is not used"
        }
    }
}
