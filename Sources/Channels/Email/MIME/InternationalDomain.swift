import Foundation

/// Domains in other scripts than Latin.
///
/// Written here because libcurl's conversion depends on the process's locale.
enum InternationalDomain {
    /// The domain with each label in its A-label form (RFC 5891 §4.4).
    static func ascii(_ domain: String) -> String? {
        let lower = domain.lowercased().precomposedStringWithCanonicalMapping
        // The full stops of other scripts separate labels too (RFC 5895 §2).
        let labels = lower.unicodeScalars.split(omittingEmptySubsequences: false) { ".。．｡".unicodeScalars.contains($0) }
        var result: [String] = []
        for label in labels {
            guard let ascii = aLabel(Array(label)) else { return nil }
            result.append(ascii)
        }
        return result.joined(separator: ".")
    }

    private static func aLabel(_ label: [Unicode.Scalar]) -> String? {
        if label.allSatisfy(\.isASCII) { return String(String.UnicodeScalarView(label)) }
        let isName = label.allSatisfy { scalar in
            scalar.isASCII || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                || [.nonspacingMark, .spacingMark].contains(scalar.properties.generalCategory)
        }
        return isName ? punycode(label.map(\.value)).map { "xn--\($0)" } : nil
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
