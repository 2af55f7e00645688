import CIDN2

/// Domains, also in other scripts than Latin.
///
/// libidn2 converts them (IDNA 2008 with the mapping of UTS 46). What it would map away is refused first: nobody sees
/// it, and no registry has a name with it.
public enum InternationalDomain {
    /// RFC 1035 §2.3.4, without the dot of the root.
    private static let maxBytes = 253

    /// The domain with each label in its A-label form (RFC 5891 §4.4); nil if no host can have that name.
    public static func ascii(_ domain: String) -> String? {
        guard domain.utf8.count <= 4 * maxBytes else { return nil }
        return ascii(text: Array(domain.unicodeScalars)[...])
    }

    static func ascii(text: ArraySlice<Unicode.Scalar>) -> String? {
        guard text.count <= maxBytes, text.allSatisfy(isOfDomain) else { return nil }
        let domain = String(String.UnicodeScalarView(text))
        guard let name = text.allSatisfy(\.isASCII) ? domain : converted(domain), isHostName(Array(name.utf8)) else {
            return nil
        }
        return name
    }

    /// The full stops of other scripts separate labels too (RFC 5895 §2).
    private static let separators = Set(".-。．｡".unicodeScalars)

    private static func isOfDomain(_ scalar: Unicode.Scalar) -> Bool {
        separators.contains(scalar) || (scalar.isASCII ? scalar.isASCIIAlphanumeric : scalar.isOfName)
    }

    private static func converted(_ domain: String) -> String? {
        var name: UnsafeMutablePointer<CChar>?
        let flags = CInt(IDN2_NONTRANSITIONAL.rawValue | IDN2_NFC_INPUT.rawValue)
        guard idn2_to_ascii_8z(domain, &name, flags) == IDN2_OK.rawValue, let name else { return nil }
        defer { idn2_free(name) }
        return String(cString: name)
    }

    private static func isHostName(_ name: [UInt8]) -> Bool {
        guard name.count <= maxBytes else { return false }
        let labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isNamed = labels.allSatisfy { label in
            (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
        }
        // Programs read a name that ends in a number as an address (RFC 3696 §2).
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return isNamed && labels.last.map { !$0.allSatisfy(digits.contains) } ?? false
    }
}
