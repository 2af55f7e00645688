/// Origins (RFC 6454) whose pages may read answers: single ones, all names under a domain (`https://*.example.com`), or
/// every origin (`*`).
public struct Origins: Sendable, Hashable {
    public static let none = Origins(patterns: [], isEvery: false)
    public static let every = Origins(patterns: [], isEvery: true)

    private struct Pattern: Sendable, Hashable {
        /// Up to the `*`, or all of it.
        let prefix: [UInt8]
        /// The text after the `*`; nil without one.
        let suffix: [UInt8]?
    }

    private let patterns: [Pattern]
    /// Whether every origin is allowed.
    public let isEvery: Bool

    private init(patterns: [Pattern], isEvery: Bool) {
        self.patterns = patterns
        self.isEvery = isEvery
    }

    /// A list separated by commas; nil if an item is no origin.
    public init?(_ text: String) {
        var patterns: [Pattern] = []
        for part in Array(text.utf8).split(separator: UInt8(ascii: ",")) {
            let bytes = Array(part.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed())
            if bytes == [UInt8(ascii: "*")] {
                self = .every
                return
            }
            guard let pattern = Self.pattern(bytes) else { return nil }
            patterns.append(pattern)
        }
        self.init(patterns: patterns, isEvery: false)
    }

    public var isEmpty: Bool { patterns.isEmpty && !isEvery }

    /// Whether pages of this origin may read answers.
    public func contains(_ origin: String) -> Bool {
        guard !isEvery else { return true }
        guard origin.utf8.count <= 512 else { return false }
        let origin = Self.lowered(Array(origin.utf8))
        return patterns.contains { pattern in
            guard let suffix = pattern.suffix else { return origin == pattern.prefix }
            guard origin.starts(with: pattern.prefix), origin.count > pattern.prefix.count + suffix.count,
                origin.suffix(suffix.count).elementsEqual(suffix)
            else { return false }
            // The star stands for names, one or several.
            return origin[pattern.prefix.count..<(origin.count - suffix.count)].allSatisfy(Self.isName)
        }
    }

    private static func pattern(_ given: [UInt8]) -> Pattern? {
        let bytes = lowered(given)
        guard let scheme = ["https://", "http://"].first(where: { bytes.starts(with: $0.utf8) }) else { return nil }
        let rest = bytes.dropFirst(scheme.utf8.count)
        let isStarred = rest.starts(with: "*.".utf8)
        let host = isStarred ? rest.dropFirst(2) : rest
        guard !host.isEmpty, host.allSatisfy({ isName($0) || $0 == UInt8(ascii: ":") || isBracket($0) }) else {
            return nil
        }
        guard isStarred else { return Pattern(prefix: bytes, suffix: nil) }
        return Pattern(prefix: Array(scheme.utf8), suffix: [UInt8(ascii: ".")] + host)
    }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isBracket(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]") }

    private static func lowered(_ bytes: [UInt8]) -> [UInt8] {
        bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }
}
