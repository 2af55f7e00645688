/// A text that is compared byte by byte. Every text from outside is compared, hashed, ordered and searched this way.
///
/// `String` itself compares by canonical equivalence (Unicode Standard Annex #15). Then `é` and `e` + U+0301 are one
/// key and one person, and U+212A is a K. The comparison normalizes, and a run of combining marks costs quadratic work:
/// 62 KB of them cost seconds. RFC 8259 §8.3, RFC 7515 §10.13 and RFC 9110 compare code units.
///
///     switch op.exact {
///     case "subscribe": …
///
/// Store and show a `String`; compare its ``Swift/String/exact``. Literals are our own text.
public struct ExactText: Sendable {
    public let text: String

    @inlinable
    public init(_ text: String) { self.text = text }

    @inlinable
    public init(_ text: Substring) { self.text = String(text) }

    /// From valid UTF-8, such as a part of a text between two ASCII characters.
    @inlinable
    public init(_ bytes: Substring.UTF8View) { text = String(Substring(bytes)) }

    @inlinable public var utf8: String.UTF8View { text.utf8 }
    @inlinable public var isEmpty: Bool { text.utf8.isEmpty }
}

extension String {
    /// The same text, compared by its bytes.
    @inlinable public var exact: ExactText { ExactText(self) }
}

extension Substring {
    /// The same text, compared by its bytes.
    @inlinable public var exact: ExactText { ExactText(self) }
}

extension ExactText: Hashable {
    @inlinable
    public static func == (left: ExactText, right: ExactText) -> Bool {
        let (left, right) = (left.text.utf8, right.text.utf8)
        guard left.count == right.count else { return false }
        let found = left.withContiguousStorageIfAvailable { (one: UnsafeBufferPointer<UInt8>) -> Bool? in
            right.withContiguousStorageIfAvailable { (other: UnsafeBufferPointer<UInt8>) -> Bool in
                areEqual(one, other)
            }
        }
        // Only a text bridged from another language is not contiguous.
        return found.flatMap { $0 } ?? left.elementsEqual(right)
    }

    /// Whether two runs of the same length are equal. Compares eight bytes at a time, for long JSON values.
    @inlinable
    static func areEqual(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        let (left, right) = (UnsafeRawBufferPointer(left), UnsafeRawBufferPointer(right))
        var place = 0
        while place + 8 <= left.count {
            guard
                left.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                    == right.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            else { return false }
            place += 8
        }
        while place < left.count {
            guard left[place] == right[place] else { return false }
            place += 1
        }
        return true
    }

    @inlinable
    public func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        // No text has this byte, so it separates the text from what follows in the same hash.
        hasher.combine(0xFF as UInt8)
    }
}

extension ExactText: Comparable {
    /// By the bytes, which is the order of the Unicode scalars' numbers.
    @inlinable
    public static func < (left: ExactText, right: ExactText) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}

extension ExactText: ExpressibleByStringLiteral {
    @inlinable
    public init(stringLiteral text: String) { self.text = text }
}

extension ExactText: CustomStringConvertible {
    public var description: String { text }
}
