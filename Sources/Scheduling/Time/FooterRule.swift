/// The rule for the time after a zone's last transition: the POSIX TZ string of RFC 8536 §3.3.
struct FooterRule: Hashable, Sendable {
    /// Seconds east of UTC.
    var standard: Int
    var daylight: Daylight?

    struct Daylight: Hashable, Sendable {
        /// Seconds east of UTC; less than standard time's in Dublin, whose winter is the exception.
        var offset: Int
        /// Wall clock of standard time.
        var start: Moment
        /// Wall clock of daylight time.
        var end: Moment
    }

    /// A day of the year, and a wall-clock time counted from its midnight.
    struct Moment: Hashable, Sendable {
        enum Day: Hashable, Sendable {
            /// `Jn`, 1…365: 29 February is never counted.
            case julian(Int)
            /// `n`, 0…365: 29 February is counted.
            case ordinal(Int)
            /// `Mm.w.d`: the `week`th `weekday` (0 = Sunday) of `month`; week 5 is the last.
            case nth(week: Int, weekday: Int, month: Int)
        }

        var day: Day
        /// −167…167 hours.
        var seconds: Int

        /// Seconds since 1970-01-01 on the wall clock.
        func wallSeconds(in year: Int) -> Int {
            dayNumber(in: year) * 86_400 + seconds
        }

        private func dayNumber(in year: Int) -> Int {
            switch day {
            case .julian(let day):
                // From March on, a leap year is one day late.
                let leapDay = day >= 60 && CivilDate.isLeap(year) ? 1 : 0
                return CivilDate.dayNumber(year: year, month: 1, day: 1) + day - 1 + leapDay
            case .ordinal(let day):
                return CivilDate.dayNumber(year: year, month: 1, day: 1) + day
            case .nth(let week, let weekday, let month):
                let first = CivilDate.dayNumber(year: year, month: month, day: 1)
                // 1970-01-01 was a Thursday (4 from Sunday); the multiple of 7 keeps years before 1 positive.
                let weekdayOfFirst = (first + 4 + 730_100) % 7
                let day = (weekday - weekdayOfFirst + 7) % 7 + (week - 1) * 7
                return first + (day < CivilDate.daysInMonth(month, year: year) ? day : day - 7)
            }
        }
    }

    /// The changes which happen within `years` of UTC, ascending.
    func changes(in years: ClosedRange<Int>) -> [(at: Int64, offset: Int)] {
        guard let daylight else { return [] }
        var changes: [(at: Int64, offset: Int)] = []
        changes.reserveCapacity(years.count * 2 + 4)
        // A large time moves a change into the year before or after its own.
        for year in years.lowerBound - 1...years.upperBound + 1 {
            changes.append((Int64(daylight.end.wallSeconds(in: year) - daylight.offset), standard))
            changes.append((Int64(daylight.start.wallSeconds(in: year) - standard), daylight.offset))
        }
        let begin = Int64(CivilDate.dayNumber(year: years.lowerBound, month: 1, day: 1)) * 86_400
        let end = Int64(CivilDate.dayNumber(year: years.upperBound + 1, month: 1, day: 1)) * 86_400
        changes.removeAll { $0.at < begin || $0.at >= end }
        // At one instant the start wins over the end: daylight time all year (§3.3.1) is written
        // as an end which meets the next year's start.
        return changes.sorted { lhs, rhs in
            lhs.at != rhs.at ? lhs.at < rhs.at : lhs.offset == standard && rhs.offset != standard
        }
    }
}
