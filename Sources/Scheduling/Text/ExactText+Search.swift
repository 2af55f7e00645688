extension ExactText {
    @inlinable
    public func hasPrefix(_ prefix: ExactText) -> Bool { text.utf8.starts(with: prefix.text.utf8) }

    @inlinable
    public func hasSuffix(_ suffix: ExactText) -> Bool {
        let length = suffix.text.utf8.count
        return text.utf8.count >= length && text.utf8.suffix(length).elementsEqual(suffix.text.utf8)
    }

    /// The text after the first bytes, which must be ASCII.
    @inlinable
    public func dropFirst(_ count: Int) -> ExactText { ExactText(text.utf8.dropFirst(count)) }

    @inlinable
    public func dropLast(_ count: Int) -> ExactText { ExactText(text.utf8.dropLast(count)) }

    /// Whether the text contains an ASCII octet. No other scalar contains ASCII octets.
    @inlinable
    public func contains(_ ascii: Unicode.Scalar) -> Bool { text.utf8.contains(UInt8(ascii: ascii)) }

    /// Whether a part occurs. The work is the product of the lengths, so the part must be one of our own words.
    public func contains(_ part: ExactText) -> Bool {
        let part = Array(part.text.utf8)
        guard let first = part.first else { return true }
        var rest = text.utf8[...]
        while let place = rest.firstIndex(of: first) {
            rest = rest[place...]
            if rest.starts(with: part) { return true }
            rest = rest.dropFirst()
        }
        return false
    }

    /// The parts between separators; a separator is one ASCII octet.
    public func split(
        separator: Unicode.Scalar, maxSplits: Int = .max, omittingEmptySubsequences: Bool = true
    ) -> [ExactText] {
        text.utf8.split(
            separator: UInt8(ascii: separator), maxSplits: maxSplits,
            omittingEmptySubsequences: omittingEmptySubsequences
        ).map { ExactText($0) }
    }

    /// Without spaces and tabs around it (`OWS`, RFC 9110 §5.6.3).
    public var trimmed: ExactText {
        let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var rest = text.utf8.drop(while: isBlank)
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        return ExactText(rest)
    }

    /// With A to Z in lower case and the rest unchanged, as protocols compare names.
    public var asciiLowercased: ExactText {
        ExactText(mapped { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? $0 | 0x20 : $0 })
    }

    /// With a to z in upper case and the rest unchanged.
    public var asciiUppercased: ExactText {
        ExactText(mapped { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 ? $0 & 0xDF : $0 })
    }

    public func isEqual(ignoringASCIICaseOf other: ExactText) -> Bool {
        text.utf8.count == other.text.utf8.count && asciiLowercased == other.asciiLowercased
    }

    /// Whether the text has only visible ASCII characters, spaces and tabs (RFC 9110 §5.5 without `obs-text`).
    @inlinable public var isPlainASCII: Bool {
        text.utf8.allSatisfy { 0x20...0x7E ~= $0 || $0 == UInt8(ascii: "\t") }
    }

    private func mapped(_ change: (UInt8) -> UInt8) -> String {
        String(decoding: text.utf8.map(change), as: UTF8.self)
    }
}
