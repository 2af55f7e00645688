import AlmanacRuntime
import Scheduling

/// Names in URLs.
public enum Slug {
    /// Lower-case letters, digits and single hyphens, at most 80.
    public static func isValid(_ text: String) -> Bool {
        let slug = text.exact
        guard (1...80).contains(slug.utf8.count), !slug.hasPrefix("-"), !slug.hasSuffix("-"), !slug.contains("--")
        else {
            return false
        }
        return slug.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "-")
        }
    }

    /// The slug for a name; `fallback` if no character of the name can be used.
    public static func from(_ name: String, fallback: String) -> String {
        let hyphen = UInt8(ascii: "-")
        var slug: [UInt8] = []
        for byte in name.exact.asciiLowercased.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): slug.append(byte)
            // Continuation bytes belong to the character before them.
            case 0x80...0xBF: break
            default: if let last = slug.last, last != hyphen { slug.append(hyphen) }
            }
            if slug.count == 72 { break }
        }
        while slug.last == hyphen { slug.removeLast() }
        return slug.isEmpty ? fallback : String(decoding: slug, as: UTF8.self)
    }
}
