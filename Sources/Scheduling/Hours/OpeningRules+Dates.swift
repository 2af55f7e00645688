// What the opening rules say about a range of dates, each evaluated once for the whole range.

extension OpeningRules {
    /// For each date the index of the custom week in effect.
    func weeksInForce(from: CivilDate, count: Int) -> [Int?] {
        var chosen = [Int?](repeating: nil, count: count)
        for (index, week) in customWeeks.enumerated() {
            let first = max(0, week.startsOn - from)
            let last = min(count - 1, week.endsOn - from)
            guard first <= last else { continue }
            for offset in first...last {
                if let current = chosen[offset], !week.isStronger(than: customWeeks[current]) { continue }
                chosen[offset] = index
            }
        }
        return chosen
    }

    /// For each date whether it is blacked out.
    func blackouts(from: CivilDate, count: Int) -> [Bool] {
        var isBlack = [Bool](repeating: false, count: count)
        // Dates are split into month and day once for all yearly blackouts.
        var labels: [Int] = []
        for blackout in blackouts {
            let first = max(0, blackout.startsOn - from)
            guard first < count else { continue }
            guard blackout.repeatsYearly else {
                let last = min(count - 1, blackout.endsOn - from)
                if first <= last { for offset in first...last { isBlack[offset] = true } }
                continue
            }
            if labels.isEmpty { labels = (0..<count).map { from.adding(days: $0).monthAndDay } }
            let days = blackout.yearlyDays
            for offset in first..<count where days.contains(labels[offset]) { isBlack[offset] = true }
        }
        return isBlack
    }
}

extension OpeningRules.CustomWeek {
    /// Whether it wins over one earlier in the list.
    fileprivate func isStronger(than earlier: Self) -> Bool {
        if priority != earlier.priority { return priority > earlier.priority }
        if let id, let earlierID = earlier.id { return id > earlierID }
        return true
    }
}

extension OpeningRules.Blackout {
    /// Whether the date is closed. 29 February of a yearly blackout exists only in leap years.
    public func contains(_ date: CivilDate) -> Bool {
        repeatsYearly
            ? date >= startsOn && yearlyDays.contains(date.monthAndDay) : startsOn <= date && date <= endsOn
    }

    /// The days of each year that it closes, by ``CivilDate/monthAndDay``.
    fileprivate var yearlyDays: YearlyDays {
        endsOn - startsOn >= 365
            ? YearlyDays(first: 0, last: .max)
            : YearlyDays(first: startsOn.monthAndDay, last: endsOn.monthAndDay)
    }
}

/// Days of a year from a first to a last, both included; the range may cross the new year.
private struct YearlyDays {
    var first: Int
    var last: Int

    func contains(_ day: Int) -> Bool {
        first <= last ? first <= day && day <= last : day >= first || day <= last
    }
}

extension CivilDate {
    /// A number that grows from 1 January to 31 December, the same in every year.
    fileprivate var monthAndDay: Int {
        let (_, month, day) = components
        return month * 32 + day
    }
}

extension OpeningRules.Break {
    /// The dates on which it begins, from one to another, both included.
    public func dates(from: CivilDate, through: CivilDate, in zone: Zone) -> [CivilDate] {
        guard from <= through else { return [] }
        switch days {
        case .date(let date): return from <= date && date <= through ? [date] : []
        case .recurring(let recurrence): return recurrence.dates(from: from, through: through, in: zone)
        case .weekdays(let weekdays):
            let week = Weekday.allCases.map(weekdays.contains)
            let first = from.weekday.rawValue
            return (0...through - from).compactMap { week[(first + $0) % 7] ? from.adding(days: $0) : nil }
        }
    }
}
