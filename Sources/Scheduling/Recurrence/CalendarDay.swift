/// A day split into its parts; stepping to the next day needs no division.
///
/// It may lie a few days outside the years 1…9999, because the weeks at both ends do.
struct CalendarDay {
    /// Days since 1970-01-01.
    private(set) var number: Int
    private(set) var year: Int
    private(set) var month: Int
    private(set) var day: Int
    private(set) var dayOfYear: Int
    /// Monday 0 … Sunday 6.
    private(set) var weekday: Int
    private(set) var monthLength: Int
    private(set) var yearLength: Int

    init(_ number: Int) {
        self.number = number
        let date = CivilDate(validDayNumber: number)
        (year, month, day) = date.components
        dayOfYear = number - CivilDate.dayNumber(year: year, month: 1, day: 1) + 1
        weekday = (number + 3 + 7 * 103_000) % 7
        monthLength = CivilDate.daysInMonth(month, year: year)
        yearLength = CivilDate.isLeap(year) ? 366 : 365
    }

    mutating func advance() {
        number += 1
        day += 1
        dayOfYear += 1
        weekday = weekday == 6 ? 0 : weekday + 1
        if day > monthLength { beginNextMonth() }
    }

    /// Steps to the first day of the next month.
    mutating func skipMonth() {
        let days = monthLength - day + 1
        number += days
        dayOfYear += days
        weekday = (weekday + days) % 7
        beginNextMonth()
    }

    private mutating func beginNextMonth() {
        day = 1
        month += 1
        if month > 12 {
            month = 1
            year += 1
            dayOfYear = 1
            yearLength = CivilDate.isLeap(year) ? 366 : 365
        }
        monthLength = CivilDate.daysInMonth(month, year: year)
    }

    /// The number of the day's week in the year that has most of it, from the start and from the end (−1 is the last).
    func week(startingOn weekStart: Weekday) -> (number: Int, fromEnd: Int) {
        // The fourth day of a week lies in the year that has at least four of its days.
        var fourth = dayOfYear + 3 - (weekday - weekStart.rawValue + 7) % 7
        var length = yearLength
        if fourth < 1 {
            length = CivilDate.isLeap(year - 1) ? 366 : 365
            fourth += length
        } else if fourth > length {
            fourth -= length
            length = CivilDate.isLeap(year + 1) ? 366 : 365
        }
        return ((fourth - 1) / 7 + 1, -((length - fourth) / 7 + 1))
    }
}
