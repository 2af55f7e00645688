/// Classes of bytes in HTTP (RFC 9110 §5.6) and comparisons of bytes with words of ours.
enum Bytes {
    // Sets of ASCII characters as bits, the lower and the upper half.
    private static let tokens: (UInt64, UInt64) = set("!#$%&'*+-.^_`|~", alphanumerics: true)
    private static let hosts: (UInt64, UInt64) = set("-._~!$&'()*+;=:%[]", alphanumerics: true)

    private static let base64Digits: (UInt64, UInt64) = set("+/", alphanumerics: true)

    private static func set(_ characters: StaticString, alphanumerics: Bool) -> (UInt64, UInt64) {
        var (low, high): (UInt64, UInt64) = (0, 0)
        func add(_ byte: UInt8) {
            if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
        }
        characters.withUTF8Buffer { $0.forEach(add) }
        for byte in UInt8(ascii: "0")...UInt8(ascii: "9") { add(byte) }
        for byte in UInt8(ascii: "a")...UInt8(ascii: "z") {
            add(byte)
            add(byte & 0xDF)
        }
        return (low, high)
    }

    private static func contains(_ set: (UInt64, UInt64), _ byte: UInt8) -> Bool {
        if byte < 64 { return set.0 >> UInt64(byte) & 1 == 1 }
        return byte < 128 && set.1 >> UInt64(byte - 64) & 1 == 1
    }

    static func isToken(_ byte: UInt8) -> Bool { contains(tokens, byte) }
    static func isHost(_ byte: UInt8) -> Bool { contains(hosts, byte) }
    static func isBase64(_ byte: UInt8) -> Bool { contains(base64Digits, byte) }
    static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    static func isFieldContent(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 0x09 }

    static func hex(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }

    static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var (start, end) = (0, bytes.count)
        while start < end, isBlank(bytes[start]) { start += 1 }
        while end > start, isBlank(bytes[end - 1]) { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    }

    /// - Parameter ignoringCase: of ASCII letters; the word is in lower case then.
    static func equals(_ bytes: UnsafeRawBufferPointer, _ word: StaticString, ignoringCase: Bool = false) -> Bool {
        bytes.count == word.utf8CodeUnitCount && hasPrefix(bytes, word, ignoringCase: ignoringCase)
    }

    static func hasPrefix(_ bytes: UnsafeRawBufferPointer, _ word: StaticString, ignoringCase: Bool = false) -> Bool {
        let count = word.utf8CodeUnitCount
        guard bytes.count >= count else { return false }
        return word.withUTF8Buffer { word in
            for index in 0..<count {
                let byte = bytes[index]
                let isUpper = ignoringCase && byte &- UInt8(ascii: "A") < 26
                if (isUpper ? byte | 0x20 : byte) != word[index] { return false }
            }
            return true
        }
    }
}
