import Foundation

/// Domains, also in other scripts than Latin.
///
/// Written here because libcurl's conversion depends on the process's locale. Stricter than any registry has to be:
/// nobody can have registered a refused name (RFC 5891 §4.2, with the mapping of RFC 5895).
public enum InternationalDomain {
    /// RFC 1035 §2.3.4, without the dot of the root.
    private static let maxBytes = 253

    /// The domain with each label in its A-label form (RFC 5891 §4.4); nil if no host can have that name.
    public static func ascii(_ domain: String) -> String? {
        guard domain.utf8.count <= 4 * maxBytes else { return nil }
        return ascii(text: Array(domain.unicodeScalars)[...])
    }

    static func ascii(text: ArraySlice<Unicode.Scalar>) -> String? {
        guard text.count <= maxBytes else { return nil }
        let domain: [Unicode.Scalar]
        if text.allSatisfy(\.isASCII) {
            domain = Array(text)
        } else {
            let lower = String(String.UnicodeScalarView(text)).lowercased().precomposedStringWithCanonicalMapping
            domain = Array(lower.unicodeScalars)
        }
        // The full stops of other scripts separate labels too (RFC 5895 §2).
        let labels = domain.split(omittingEmptySubsequences: false) { fullStops.contains($0) }
        var result: [String] = []
        for label in labels {
            guard let ascii = aLabel(label), (1...63).contains(ascii.utf8.count) else { return nil }
            result.append(ascii)
        }
        // Programs read a name that ends in a number as an address (RFC 3696 §2).
        guard let last = result.last, !last.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        let name = result.joined(separator: ".")
        return name.utf8.count <= maxBytes ? name : nil
    }

    private static let fullStops = Set(".。．｡".unicodeScalars)

    private static func aLabel(_ label: ArraySlice<Unicode.Scalar>) -> String? {
        guard let first = label.first, let last = label.last, first != "-", last != "-" else { return nil }
        guard label.allSatisfy({ $0.isASCII ? $0.isASCIIAlphanumeric || $0 == "-" : $0.isOfName }) else { return nil }
        if label.allSatisfy(\.isASCII) { return String(String.UnicodeScalarView(label)) }
        // Hyphens in the third and fourth place say what kind of label it is (RFC 5891 §4.2.3.1).
        if label.dropFirst(2).starts(with: "--".unicodeScalars) { return nil }
        guard !first.isMark, isOfOneDirection(label) else { return nil }
        return punycode(label.map(\.value)).map { "xn--\($0)" }
    }

    /// Whether a label reads the same way wherever it stands (RFC 5893 §2, for letters, digits and marks).
    private static func isOfOneDirection(_ label: ArraySlice<Unicode.Scalar>) -> Bool {
        guard label.contains(where: \.isRightToLeft) else { return true }
        guard let first = label.first, first.isRightToLeft else { return false }
        return label.allSatisfy { scalar in
            scalar.isRightToLeft || scalar.isMark || scalar == "-"
                || scalar.properties.generalCategory == .decimalNumber
        }
    }

    /// RFC 3492 §6.3.
    static func punycode(_ input: [UInt32]) -> String? {
        guard input.count <= 63 else { return nil }
        var output = input.filter { $0 < 0x80 }.map { UInt8(truncatingIfNeeded: $0) }
        let basicCount = output.count
        if basicCount > 0 { output.append(UInt8(ascii: "-")) }
        var code: UInt32 = 0x80
        var delta = 0
        var bias = 72
        var handled = basicCount
        while handled < input.count {
            guard let next = input.filter({ $0 >= code }).min() else { return nil }
            delta += Int(next - code) * (handled + 1)
            code = next
            for value in input {
                if value < code { delta += 1 }
                guard value == code else { continue }
                append(delta, bias, to: &output)
                bias = adapt(delta, count: handled + 1, isFirst: handled == basicCount)
                delta = 0
                handled += 1
            }
            delta += 1
            code += 1
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// A generalized variable-length integer (RFC 3492 §3.3).
    private static func append(_ delta: Int, _ bias: Int, to output: inout [UInt8]) {
        var rest = delta
        var base = 36
        while true {
            let threshold = min(max(base - bias, 1), 26)
            guard rest >= threshold else { break }
            output.append(digit(threshold + (rest - threshold) % (36 - threshold)))
            rest = (rest - threshold) / (36 - threshold)
            base += 36
        }
        output.append(digit(rest))
    }

    /// RFC 3492 §6.1.
    private static func adapt(_ delta: Int, count: Int, isFirst: Bool) -> Int {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / count
        var bias = 0
        while delta > 455 {
            delta /= 35
            bias += 36
        }
        return bias + 36 * delta / (delta + 38)
    }

    private static func digit(_ value: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: value < 26 ? Int(UInt8(ascii: "a")) + value : Int(UInt8(ascii: "0")) + value - 26)
    }
}

extension Unicode.Scalar {
    /// A letter of a script that is written from right to left: Hebrew, Arabic and those beside them.
    fileprivate var isRightToLeft: Bool {
        switch value {
        case 0x0590...0x08FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFF, 0x10800...0x10FFF, 0x1E800...0x1EFFF:
            !isMark && properties.generalCategory != .decimalNumber
        default: false
        }
    }
}
