import Foundation

/// E-mail addresses: one rule for every such field, so that mail can be sent to every accepted address.
///
/// `dot-atom@domain` (RFC 5321 §4.1.2), in any script (RFC 6531 §3.3). Quoted local parts and address literals are
/// refused, because nobody types them on purpose.
public enum EmailAddress {
    /// RFC 5321 §4.5.3.1.1
    static let maxLocalBytes = 64
    /// A path with its brackets has at most 256 (RFC 5321 §4.5.3.1.3); names in other scripts count in the form in
    /// which they are sent.
    static let maxBytes = 254

    /// The address without surrounding white space; nil if it is invalid.
    public static func normalized(_ text: String) -> String? {
        // The length is checked before any single scalar.
        guard text.utf8.count <= 4 * maxBytes else { return nil }
        let scalars = OuterSpace.trimmed(text)
        guard let at = scalars.lastIndex(of: "@") else { return nil }
        let (local, domain) = (scalars[..<at], scalars[(at + 1)...])
        guard isLocalPart(local), let ascii = InternationalDomain.ascii(text: domain) else { return nil }
        let address = String(String.UnicodeScalarView(scalars))
        let localBytes = String(String.UnicodeScalarView(local)).utf8.count
        guard localBytes <= maxLocalBytes, address.utf8.count <= maxBytes,
            localBytes + 1 + ascii.utf8.count <= maxBytes
        else { return nil }
        return address
    }

    /// Equal for two spellings of one mailbox: ASCII letters in one case, everything else byte by byte.
    public static func key(_ address: String) -> String {
        String(
            decoding: address.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 },
            as: UTF8.self
        )
    }

    /// A dot-atom (RFC 5322 §3.2.3) whose atoms may have letters of other scripts.
    private static func isLocalPart(_ text: ArraySlice<Unicode.Scalar>) -> Bool {
        let atoms = text.split(separator: ".", omittingEmptySubsequences: false)
        return atoms.allSatisfy { atom in
            var previous: Unicode.Scalar?
            for scalar in atom {
                guard isAtomText(scalar, after: previous) else { return false }
                previous = scalar
            }
            return !atom.isEmpty
        }
    }

    private static let specials = Set("!#$%&'*+-/=?^_`{|}~".unicodeScalars)

    private static func isAtomText(_ scalar: Unicode.Scalar, after previous: Unicode.Scalar?) -> Bool {
        guard !scalar.isASCII else { return scalar.isASCIIAlphanumeric || specials.contains(scalar) }
        guard scalar.isOfName else { return false }
        // A mark belongs to a letter; after anything else it would be drawn over that.
        guard scalar.isMark else { return true }
        return previous.map { !$0.isASCII || $0.isASCIIAlphanumeric } ?? false
    }
}

extension Unicode.Scalar {
    var isASCIIAlphanumeric: Bool {
        switch self {
        case "a"..."z", "A"..."Z", "0"..."9": true
        default: false
        }
    }

    var isMark: Bool {
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark: true
        default: false
        }
    }

    /// A visible letter, mark or digit that is not a variant of another (RFC 8264 §9.2, IdentifierClass).
    var isOfName: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .decimalNumber:
            break
        default: return false
        }
        guard !properties.isDefaultIgnorableCodePoint else { return false }
        let text = String(self)
        return text.precomposedStringWithCompatibilityMapping.utf8.elementsEqual(text.utf8)
    }
}
