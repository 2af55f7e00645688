/// Reads big-endian numbers from untrusted bytes.
struct TZifReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var remaining: Int { bytes.count - position }

    mutating func skip(_ count: Int) throws(ZoneError) {
        guard count >= 0, count <= remaining else { throw ZoneError(.truncated, "at byte \(position)") }
        position += count
    }

    mutating func byte() throws(ZoneError) -> UInt8 {
        try skip(1)
        return bytes[position - 1]
    }

    /// An unsigned number of up to 8 bytes.
    mutating func bigEndian(_ size: Int) throws(ZoneError) -> UInt64 {
        try skip(size)
        return bytes[position - size..<position].reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func int32() throws(ZoneError) -> Int32 {
        Int32(truncatingIfNeeded: try bigEndian(4))
    }

    /// The bytes between two line feeds (RFC 8536 §3.3).
    mutating func enclosedLine() throws(ZoneError) -> ArraySlice<UInt8> {
        guard try byte() == UInt8(ascii: "\n") else { throw ZoneError(.malformedFooter, "no line feed before it") }
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else {
            throw ZoneError(.truncated, "footer")
        }
        defer { position = end + 1 }
        return bytes[position..<end]
    }
}
