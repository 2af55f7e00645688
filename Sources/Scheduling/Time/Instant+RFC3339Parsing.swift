extension Instant {
    /// Reads an RFC 3339 §5.6 `date-time`.
    ///
    /// Any offset is taken (`Z`, `z`, `±hh:mm`, `-00:00`), the separator is `T` or `t`, a fraction of any length is
    /// cut to microseconds. Refused: a time without an offset, second 60, dates that do not exist, and
    /// instants that fall outside the years 0001…9999 once their offset is applied.
    public init?(rfc3339 text: String) {
        var text = text
        let parsed = text.withUTF8 { Instant(rfc3339Bytes: Swift.Span(_unsafeElements: $0)) }
        guard let parsed else { return nil }
        self = parsed
    }

    /// Reads RFC 3339 §5.6 from UTF-8 bytes; see ``init(rfc3339:)``.
    @inlinable
    public init?(rfc3339Bytes bytes: some Collection<UInt8>) {
        let parsed = bytes.withContiguousStorageIfAvailable { Instant(rfc3339Bytes: Swift.Span(_unsafeElements: $0)) }
        guard let instant = parsed ?? Instant(rfc3339Bytes: Array(bytes).span) else { return nil }
        self = instant
    }

    /// Reads RFC 3339 §5.6 from UTF-8 bytes; see ``init(rfc3339:)``.
    public init?(rfc3339Bytes bytes: Swift.Span<UInt8>) {
        // "1985-04-12T23:20:50Z" is the shortest form.
        guard bytes.count >= 20,
            let year = bytes.decimal(at: 0, digits: 4), bytes[4] == UInt8(ascii: "-"),
            let month = bytes.decimal(at: 5, digits: 2), bytes[7] == UInt8(ascii: "-"),
            let day = bytes.decimal(at: 8, digits: 2), bytes[10] | 0x20 == UInt8(ascii: "t"),
            let hour = bytes.decimal(at: 11, digits: 2), hour < 24, bytes[13] == UInt8(ascii: ":"),
            let minute = bytes.decimal(at: 14, digits: 2), minute < 60, bytes[16] == UInt8(ascii: ":"),
            let second = bytes.decimal(at: 17, digits: 2), second < 60,
            let date = CivilDate(year: year, month: month, day: day)
        else { return nil }

        var position = 19
        var fraction = 0
        if bytes[position] == UInt8(ascii: ".") {
            position += 1
            guard let digits = bytes.fraction(at: &position) else { return nil }
            fraction = digits
        }
        guard let offset = bytes.offset(at: position) else { return nil }

        let seconds = Int(date.dayNumber) * 86_400 + hour * 3_600 + minute * 60 + second - offset
        let microseconds = Int64(seconds * 1_000_000 + fraction)
        guard microseconds >= Self.lowestMicroseconds, microseconds <= Self.highestMicroseconds else { return nil }
        self.init(microseconds: microseconds)
    }
}

extension Swift.Span<UInt8> {
    /// A number of exactly `digits` ASCII digits, or nil. The caller knows that they lie inside the span.
    @inline(__always)
    func decimal(at start: Int, digits: Int) -> Int? {
        var value = 0
        for index in start..<start + digits {
            let digit = self[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value &* 10 &+ Int(digit)
        }
        return value
    }

    /// The digits after a decimal point as microseconds; moves `position` behind the last digit.
    fileprivate func fraction(at position: inout Int) -> Int? {
        let start = position
        var value = 0
        var scale = 100_000
        while position < count {
            let digit = self[position] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            value += Int(digit) * scale
            scale /= 10
            position += 1
        }
        return position > start ? value : nil
    }

    /// The seconds east of UTC which `time-offset` at `position` states; it must end the span.
    @inline(__always)
    fileprivate func offset(at position: Int) -> Int? {
        guard position < count else { return nil }
        let sign = self[position]
        if sign | 0x20 == UInt8(ascii: "z") { return position + 1 == count ? 0 : nil }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), position + 6 == count,
            let hour = decimal(at: position + 1, digits: 2), hour < 24, self[position + 3] == UInt8(ascii: ":"),
            let minute = decimal(at: position + 4, digits: 2), minute < 60
        else { return nil }
        let seconds = hour * 3_600 + minute * 60
        return sign == UInt8(ascii: "-") ? -seconds : seconds
    }
}
