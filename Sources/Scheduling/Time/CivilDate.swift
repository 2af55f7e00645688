/// A date of the proleptic Gregorian calendar, years 0001…9999, without a zone.
///
/// Stored as a day number, so that comparing, counting and stepping are integer arithmetic.
public struct CivilDate: Hashable, Comparable, Sendable {
    /// Days since 1970-01-01.
    public let dayNumber: Int32

    /// - Parameter dayNumber: days since 1970-01-01; saturates at 0001-01-01 and 9999-12-31.
    @inlinable
    public init(dayNumber: Int) {
        let clamped = Swift.min(Swift.max(dayNumber, Self.lowestDayNumber), Self.highestDayNumber)
        self.init(validDayNumber: clamped)
    }

    /// nil unless the date exists: year 1…9999, month 1…12, a day that this month has.
    public init?(year: Int, month: Int, day: Int) {
        guard 1...9_999 ~= year, 1...12 ~= month, day >= 1, day <= Self.daysInMonth(month, year: year) else {
            return nil
        }
        self.init(validDayNumber: Self.dayNumber(year: year, month: month, day: day))
    }

    @inlinable
    init(validDayNumber: Int) {
        dayNumber = Int32(truncatingIfNeeded: validDayNumber)
    }

    @usableFromInline static var lowestDayNumber: Int { -719_162 }
    @usableFromInline static var highestDayNumber: Int { 2_932_896 }

    public var year: Int { components.year }
    public var month: Int { components.month }
    public var day: Int { components.day }

    public var weekday: Weekday {
        // 1970-01-01 was a Thursday (3). 719 166 is a multiple of 7 that makes every day number positive.
        Weekday.allCases[(Int(dayNumber) + 3 + 719_166) % 7]
    }

    /// Saturates at 0001-01-01 and 9999-12-31.
    @inlinable
    public func adding(days: Int) -> CivilDate {
        let (sum, overflow) = Int(dayNumber).addingReportingOverflow(days)
        return CivilDate(dayNumber: overflow ? (days < 0 ? .min : .max) : sum)
    }

    /// Days from `rhs` to `lhs`.
    @inlinable
    public static func - (lhs: CivilDate, rhs: CivilDate) -> Int {
        Int(lhs.dayNumber) - Int(rhs.dayNumber)
    }

    @inlinable
    public static func < (lhs: CivilDate, rhs: CivilDate) -> Bool {
        lhs.dayNumber < rhs.dayNumber
    }
}
