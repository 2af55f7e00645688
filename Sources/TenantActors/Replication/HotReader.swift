import Scheduling

/// Reads the output of ``HotWriter``. Whatever the bytes are, it throws and never traps.
struct HotReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func byte() throws(HotFormatError) -> UInt8 {
        guard position < bytes.count else { throw HotFormatError() }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func integer() throws(HotFormatError) -> Int64 {
        guard bytes.count - position >= 8 else { throw HotFormatError() }
        var value: UInt64 = 0
        for index in position..<(position + 8) { value = value << 8 | UInt64(bytes[index]) }
        position += 8
        return Int64(bitPattern: value)
    }

    mutating func count() throws(HotFormatError) -> Int {
        var (value, shift): (UInt64, UInt64) = (0, 0)
        while true {
            let next = try byte()
            value |= UInt64(next & 0x7F) << shift
            if next & 0x80 == 0 { break }
            shift += 7
            guard shift <= 28 else { throw HotFormatError() }
        }
        return Int(value)
    }

    mutating func block() throws(HotFormatError) -> [UInt8] {
        let count = try count()
        guard bytes.count - position >= count else { throw HotFormatError() }
        defer { position += count }
        return Array(bytes[position..<(position + count)])
    }

    mutating func id() throws(HotFormatError) -> ID {
        let (high, low) = (try integer(), try integer())
        return ID(high: UInt64(bitPattern: high), low: UInt64(bitPattern: low))
    }

    mutating func text() throws(HotFormatError) -> String {
        guard let text = String(validating: try block(), as: UTF8.self) else { throw HotFormatError() }
        return text
    }

    /// An instant that is safe for arithmetic: far from where a sum would overflow.
    mutating func instant() throws(HotFormatError) -> Instant {
        let value = try integer()
        guard value.magnitude < 1_000_000_000_000_000_000 else { throw HotFormatError() }
        return Instant(microseconds: value)
    }
}

/// The bytes are in the format of another version, or in none. They count as absent.
struct HotFormatError: Error {}
