extension JSONParser {
    /// A string (RFC 8259 §7), from its opening quote to after its closing one.
    mutating func string() throws(JSONParseError) -> String {
        position += 1
        let start = position
        let isASCII = skipPlain()
        guard current == UInt8(ascii: "\"") else { return try escapedString(from: start) }
        let bytes = UnsafeBufferPointer(rebasing: input[start..<position])
        let text = isASCII ? String(decoding: bytes, as: UTF8.self) : try text(bytes, from: start)
        position += 1
        return text
    }

    /// The slow path: `position` is at the first byte that cannot be copied as it is.
    private mutating func escapedString(from start: Int) throws(JSONParseError) -> String {
        var unescaped = Array(input[start..<position])
        while true {
            switch current {
            case UInt8(ascii: "\""):
                let text = try text(unescaped, from: start)
                position += 1
                return text
            case UInt8(ascii: "\\"):
                try escape(into: &unescaped)
            case 0..<0x20:
                throw malformed(position < input.count ? "a control character in a string" : "expected a closing quote")
            default:
                let run = position
                skipPlain()
                unescaped.append(contentsOf: input[run..<position])
            }
        }
    }

    /// Skips unescaped bytes, and returns whether all of them were ASCII.
    @discardableResult
    private mutating func skipPlain() -> Bool {
        var seen: UInt8 = 0
        while current >= 0x20 && current != UInt8(ascii: "\"") && current != UInt8(ascii: "\\") {
            seen |= current
            position += 1
        }
        return seen < 0x80
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(JSONParseError) {
        position += 1
        switch current {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(current)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"):
            position += 1
            bytes.append(contentsOf: String(try unicodeEscape()).utf8)
            return
        default: throw malformed("an unknown escape")
        }
        position += 1
    }

    /// One scalar out of `XXXX`, or of `D8XX\uDCXX`; half of a pair has no UTF-8 and is refused.
    private mutating func unicodeEscape() throws(JSONParseError) -> Unicode.Scalar {
        let start = position
        let high = try hexadecimal()
        if let scalar = Unicode.Scalar(high) { return scalar }
        if high < 0xDC00, current == UInt8(ascii: "\\") {
            position += 1
            if current == UInt8(ascii: "u") {
                position += 1
                let low = try hexadecimal()
                if let scalar = UTF16.scalar(high, low) { return scalar }
            }
        }
        throw JSONParseError(.malformed, at: start, "half of a surrogate pair")
    }

    private mutating func hexadecimal() throws(JSONParseError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            let digit: UInt8
            switch current {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = current - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = current - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = current - UInt8(ascii: "A") + 10
            default: throw malformed("expected four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    /// The text of `bytes`, which stem from the string that began at `start`.
    ///
    /// Decoding repairs invalid UTF-8, so bytes that come out unchanged are valid; `String(validating:)` is several
    /// times slower. An escape adds whole scalars only: it never completes a sequence broken in the input.
    private func text(_ bytes: some Collection<UInt8>, from start: Int) throws(JSONParseError) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        if text.utf8.elementsEqual(bytes) { return text }
        throw JSONParseError(.invalidUTF8, at: firstInvalidByte(in: start..<position), "invalid UTF-8")
    }

    private func firstInvalidByte(in range: Range<Int>) -> Int {
        var decoder = UTF8.ForwardParser()
        var bytes = input[range].makeIterator()
        var offset = range.lowerBound
        while case .valid(let scalar) = decoder.parseScalar(from: &bytes) { offset += scalar.count }
        return offset
    }
}

extension UTF16 {
    fileprivate static func scalar(_ high: UInt32, _ low: UInt32) -> Unicode.Scalar? {
        guard (0xD800...0xDBFF).contains(high), (0xDC00...0xDFFF).contains(low) else { return nil }
        return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
    }
}
