// Periods are numbered: days since 1970, weeks, months since the year 0, years. So arithmetic finds every n-th of them,
// however far from the first date.

extension RecurrencePattern {
    /// The number of the period that a day lies in.
    func period(of number: Int) -> Int {
        switch frequency {
        case .daily: return number
        case .weekly: return (number - weekAnchor + 7 * 200_000) / 7 - 200_000
        case .monthly:
            let (year, month, _) = CivilDate(validDayNumber: number).components
            return year * 12 + month - 1
        case .yearly: return CivilDate(validDayNumber: number).components.year
        }
    }

    /// The first and the last day of a period.
    func days(ofPeriod period: Int) -> ClosedRange<Int> {
        switch frequency {
        case .daily: return period...period
        case .weekly:
            let first = weekAnchor + period * 7
            return first...first + 6
        case .monthly:
            let (year, month) = (period / 12, period % 12 + 1)
            let first = CivilDate.dayNumber(year: year, month: month, day: 1)
            return first...first + CivilDate.daysInMonth(month, year: year) - 1
        case .yearly:
            let first = CivilDate.dayNumber(year: period, month: 1, day: 1)
            return first...first + (CivilDate.isLeap(period) ? 365 : 364)
        }
    }

    /// A day on which a week begins: 1970-01-05 was a Monday.
    private var weekAnchor: Int { 4 + weekStart.rawValue }

    /// Fills the list with the occurring days of one period, limited to the queried days. BYSETPOS counts the whole
    /// period, including days before the rule's first date.
    func occurrences(inPeriod period: Int, from low: Int, through high: Int, into result: inout [Int]) {
        let whole = days(ofPeriod: period)
        guard !positions.isEmpty else {
            append(from: max(low, whole.lowerBound), through: min(high, whole.upperBound), to: &result)
            return
        }
        var all: [Int] = []
        append(from: whole.lowerBound, through: whole.upperBound, to: &all)
        var chosen = positions.compactMap { position in
            let index = position > 0 ? position - 1 : all.count + position
            return all.indices.contains(index) ? all[index] : nil
        }
        chosen.sort()
        for day in chosen where low <= day && day <= high && day != result.last { result.append(day) }
    }

    /// The occurring days from one to another, COUNT and UNTIL ignored. Work is bounded by the queried days and one
    /// period.
    func occurrences(from: Int, through: Int) -> [Int] {
        var result: [Int] = []
        let low = max(from, start)
        guard low <= through else { return result }
        if interval == 1, positions.isEmpty {
            append(from: low, through: through, to: &result)
            return result
        }
        var next = period(of: low)
        let rest = (next - period(of: start)) % interval
        if rest != 0 { next += interval - rest }
        // A huge interval is compared before a period is split into days.
        let last = period(of: through)
        while next <= last {
            occurrences(inPeriod: next, from: low, through: through, into: &result)
            next += interval
        }
        return result
    }

    private func append(from low: Int, through high: Int, to result: inout [Int]) {
        guard low <= high else { return }
        var day = CalendarDay(low)
        while day.number <= high {
            if months != 0, months >> UInt16(day.month) & 1 == 0 {
                day.skipMonth()
                continue
            }
            if matches(day) { result.append(day.number) }
            day.advance()
        }
    }
}
