extension Instant {
    /// RFC 3339 §5.6 in UTC with `Z`; a fraction of 3 or 6 digits only if there is one.
    public var rfc3339: String {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.longestRFC3339) { bytes in
            let count = write(to: bytes)
            return String(decoding: bytes[..<count], as: UTF8.self)
        }
    }

    /// Appends ``rfc3339`` as ASCII bytes.
    public func appendRFC3339(to buffer: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.longestRFC3339) { bytes in
            let count = write(to: bytes)
            // One append of a filled block: a byte-wise append checks capacity and uniqueness 27 times.
            buffer.append(contentsOf: bytes[..<count])
        }
    }

    /// The length of `9999-12-31T23:59:59.999999Z`.
    private static var longestRFC3339: Int { 27 }

    /// Fills the start of `bytes` and returns how many were written. An instant which was set outside the years
    /// 0001…9999 is written as the nearer bound, because RFC 3339 has no other years.
    @inline(__always)
    private func write(to bytes: UnsafeMutableBufferPointer<UInt8>) -> Int {
        let value = Swift.min(Swift.max(microseconds, Self.lowestMicroseconds), Self.highestMicroseconds)
        // Counted from 0001-01-01 nothing is negative, so plain division is floor division.
        let sinceLowest = UInt64(bitPattern: value &- Self.lowestMicroseconds)
        let (seconds, fraction) = sinceLowest.quotientAndRemainder(dividingBy: 1_000_000)
        let (days, secondOfDay) = seconds.quotientAndRemainder(dividingBy: 86_400)
        let (minuteOfDay, second) = Int(secondOfDay).quotientAndRemainder(dividingBy: 60)

        CivilDate(validDayNumber: CivilDate.lowestDayNumber + Int(days)).write(to: bytes)
        bytes[10] = UInt8(ascii: "T")
        bytes.writePair(minuteOfDay / 60, at: 11)
        bytes[13] = UInt8(ascii: ":")
        bytes.writePair(minuteOfDay % 60, at: 14)
        bytes[16] = UInt8(ascii: ":")
        bytes.writePair(second, at: 17)

        var count = 19
        if fraction != 0 {
            bytes[count] = UInt8(ascii: ".")
            let (milliseconds, rest) = Int(fraction).quotientAndRemainder(dividingBy: 1_000)
            bytes.writeTriple(milliseconds, at: 20)
            count = 23
            if rest != 0 {
                bytes.writeTriple(rest, at: 23)
                count = 26
            }
        }
        bytes[count] = UInt8(ascii: "Z")
        return count + 1
    }
}

extension UnsafeMutableBufferPointer<UInt8> {
    /// Writes 0…99 as two digits.
    @inline(__always)
    func writePair(_ value: Int, at index: Int) {
        self[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value / 10)
        self[index + 1] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value % 10)
    }

    /// Writes 0…999 as three digits.
    @inline(__always)
    fileprivate func writeTriple(_ value: Int, at index: Int) {
        self[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value / 100)
        writePair(value % 100, at: index + 1)
    }
}
