/// A wall-clock time of minute precision; 24:00 is the end of a day.
public struct LocalTime: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Minutes since 00:00, 0…1440.
    public let minuteOfDay: Int

    /// nil outside 0…1440.
    public init?(minuteOfDay: Int) {
        guard 0...1_440 ~= minuteOfDay else { return nil }
        self.minuteOfDay = minuteOfDay
    }

    /// Reads exactly `HH:MM`, 00:00…23:59.
    /// - Parameter allowing24: also takes `24:00`, the end of a window.
    public init?(hhmm text: String, allowing24: Bool = false) {
        var text = text
        let minutes = text.withUTF8 { buffer -> Int? in
            let bytes = Swift.Span(_unsafeElements: buffer)
            guard bytes.count == 5,
                let hour = bytes.decimal(at: 0, digits: 2), bytes[2] == UInt8(ascii: ":"),
                let minute = bytes.decimal(at: 3, digits: 2), minute < 60
            else { return nil }
            return hour * 60 + minute
        }
        guard let minutes, minutes < 1_440 || (allowing24 && minutes == 1_440) else { return nil }
        minuteOfDay = minutes
    }

    /// `09:30`, `24:00`.
    public var description: String {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 5) { bytes in
            bytes.writePair(minuteOfDay / 60, at: 0)
            bytes[2] = UInt8(ascii: ":")
            bytes.writePair(minuteOfDay % 60, at: 3)
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    public static func < (lhs: LocalTime, rhs: LocalTime) -> Bool {
        lhs.minuteOfDay < rhs.minuteOfDay
    }
}
