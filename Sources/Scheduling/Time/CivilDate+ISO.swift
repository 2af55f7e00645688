extension CivilDate: CustomStringConvertible {
    /// Reads RFC 3339 §5.6 `full-date`: exactly `YYYY-MM-DD`, years 0001…9999.
    public init?(iso text: String) {
        var text = text
        let date = text.withUTF8 { buffer -> CivilDate? in
            let bytes = Swift.Span(_unsafeElements: buffer)
            guard bytes.count == 10,
                let year = bytes.decimal(at: 0, digits: 4), bytes[4] == UInt8(ascii: "-"),
                let month = bytes.decimal(at: 5, digits: 2), bytes[7] == UInt8(ascii: "-"),
                let day = bytes.decimal(at: 8, digits: 2)
            else { return nil }
            return CivilDate(year: year, month: month, day: day)
        }
        guard let date else { return nil }
        self = date
    }

    /// `YYYY-MM-DD`.
    public var description: String {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 10) { bytes in
            write(to: bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Fills the first 10 bytes.
    @inline(__always)
    func write(to bytes: UnsafeMutableBufferPointer<UInt8>) {
        let (year, month, day) = components
        bytes.writePair(year / 100, at: 0)
        bytes.writePair(year % 100, at: 2)
        bytes[4] = UInt8(ascii: "-")
        bytes.writePair(month, at: 5)
        bytes[7] = UInt8(ascii: "-")
        bytes.writePair(day, at: 8)
    }
}
