import Scheduling

/// The starts of one date's slots in a few bytes. Each is the number of seconds since the one before (for the first:
/// since the date began), in LEB128. A start half an hour after the one before takes two bytes.
enum PackedStarts {
    /// - Parameter origin: the date's first instant. No start lies before it.
    static func encode(_ starts: [Instant], from origin: Instant) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(starts.count * 2)
        var last = origin
        for start in starts {
            var rest = UInt64(max(0, start - last) / 1_000_000)
            repeat {
                let low = UInt8(truncatingIfNeeded: rest & 0x7F)
                rest >>= 7
                bytes.append(rest == 0 ? low : low | 0x80)
            } while rest != 0
            last = start
        }
        return bytes
    }

    /// Nil if the bytes end within a number, or give a start outside the day.
    static func decode(_ bytes: [UInt8], from origin: Instant) -> [Instant]? {
        var starts: [Instant] = []
        var (value, shift) = (UInt64(0), UInt64(0))
        var last = origin
        for byte in bytes {
            guard shift < 35 else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            shift += 7
            if byte & 0x80 != 0 { continue }
            last = last.adding(seconds: Int64(value))
            starts.append(last)
            (value, shift) = (0, 0)
        }
        return shift == 0 ? starts : nil
    }
}
