/// RFC 2045 §6.7.
enum QuotedPrintable {
    /// Encodes text whose lines end in `\n`. The lines of the result end in CRLF and have at most 76 characters.
    static func encode(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            var length = 0
            for (index, byte) in zip(line.indices, line) {
                let isLast = line.index(after: index) == line.endIndex
                let encoded = encode(byte, isLast: isLast)
                // A line needs room for the "=" of a soft break, except the last one.
                if length + encoded.count > (isLast ? 76 : 75) {
                    bytes += [UInt8(ascii: "="), 0x0D, 0x0A]
                    length = 0
                }
                bytes += encoded
                length += encoded.count
            }
            bytes += [0x0D, 0x0A]
        }
        // If the text ends with a line break, the last line already has its end.
        if text.utf8.last == UInt8(ascii: "\n") { bytes.removeLast(2) }
        return bytes
    }

    private static func encode(_ byte: UInt8, isLast: Bool) -> [UInt8] {
        switch byte {
        case UInt8(ascii: "="): escaped(byte)
        case UInt8(ascii: " "), UInt8(ascii: "\t"): isLast ? escaped(byte) : [byte]
        case 0x21...0x7E: [byte]
        default: escaped(byte)
        }
    }

    private static func escaped(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
    }
}
