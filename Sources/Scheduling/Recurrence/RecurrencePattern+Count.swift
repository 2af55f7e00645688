extension RecurrencePattern {
    /// The day of the `count`-th occurrence, nil if the calendar ends before it; and how many steps it took to find it.
    ///
    /// Counts years, not days: a rule gives the same days in all years of one kind, and there are 28 kinds
    /// (``RecurrenceYears``). The Gregorian calendar repeats after 400 years, so whole cycles are skipped by division.
    /// No rule takes more than a few ten thousand steps.
    func last(count: Int) -> (day: Int?, steps: Int) {
        let highest = Int(CivilDate(dayNumber: .max).dayNumber)
        // A COUNT that cannot be reached by the year 9999 needs no walk.
        guard count <= mostInPeriod * ((period(of: highest) - period(of: start)) / interval + 1) else {
            return (nil, 1)
        }
        var year = CivilDate(validDayNumber: start).components.year
        var (remaining, walked, foundInCycle) = (count, 0, 0)
        let found = occurrences(from: start, through: min(CivilDate.lastDayNumber(of: year), highest))
        var years = RecurrenceYears(self)
        func steps() -> Int { years.steps + walked + 2 * 366 }
        if remaining <= found.count { return (found[remaining - 1], steps()) }
        remaining -= found.count

        let stride = frequency == .yearly ? interval : 1
        var isSkipped = interval > 1
        while true {
            year += stride
            guard year <= 9_999 else { return (nil, steps()) }
            let found = years.count(in: year)
            walked += 1
            if remaining <= found {
                let first = CivilDate.dayNumber(year: year, month: 1, day: 1)
                let days = occurrences(from: first, through: CivilDate.lastDayNumber(of: year))
                return (days.count >= remaining ? days[remaining - 1] : nil, steps())
            }
            remaining -= found
            foundInCycle += found
            guard !isSkipped, walked == 400 else { continue }
            if foundInCycle == 0 { return (nil, steps()) }
            // All cycles are alike, so at most one more is walked.
            let skipped = (remaining - 1) / foundInCycle
            remaining -= skipped * foundInCycle
            year += skipped * 400
            isSkipped = true
        }
    }

    /// The most dates that a period can have.
    private var mostInPeriod: Int {
        positions.isEmpty ? frequency.longestPeriod : min(frequency.longestPeriod, positions.count)
    }
}

extension RecurrenceParts.Frequency {
    /// The days of its longest period.
    var longestPeriod: Int {
        switch self {
        case .daily: 1
        case .weekly: 7
        case .monthly: 31
        case .yearly: 366
        }
    }
}

extension CivilDate {
    /// The day number of 31 December.
    static func lastDayNumber(of year: Int) -> Int { dayNumber(year: year, month: 12, day: 31) }
}
