/// Percent-encoding of UTF-8 (RFC 3986 §2.1).
enum PercentEncoding {
    /// Characters that never need encoding (RFC 3986 §2.3).
    static let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
    /// Characters that need no encoding in the path of a `mailto:` (RFC 6068 §2).
    static let mailbox = unreserved.union("!$'*+@".utf8)
    /// Characters that need no encoding in a whole URI.
    static let uri = unreserved.union(":/?#[]@!$&'()*+,;=%".utf8)

    static func encode(_ text: String, keeping kept: Set<UInt8> = unreserved) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if kept.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
