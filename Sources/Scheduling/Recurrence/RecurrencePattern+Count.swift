extension RecurrencePattern {
    /// The day of the `count`-th occurrence; nil if the calendar ends before it.
    ///
    /// The Gregorian calendar repeats after 400 years, and most rules much sooner. So one cycle is walked, whole cycles
    /// are skipped by division, and the rest of one is walked: a rule that gives nothing, or a COUNT of thousands of
    /// millions, takes no longer.
    func last(count: Int) -> Int? {
        let highest = Int(CivilDate(dayNumber: .max).dayNumber)
        var period = period(of: start)
        let end = self.period(of: highest)
        // What cannot be used up by the year 9999 needs no walk.
        guard count <= mostInPeriod * ((end - period) / interval + 1) else { return nil }
        if interval == 1, positions.isEmpty { return lastDay(count: count, through: highest) }
        var remaining = count
        var found: [Int] = []
        occurrences(inPeriod: period, from: start, through: highest, into: &found)
        if remaining <= found.count { return found[remaining - 1] }
        remaining -= found.count

        let cycle = cycle
        var walked = 0
        var foundInCycle = 0
        while true {
            period += interval
            guard period <= end else { return nil }
            found.removeAll(keepingCapacity: true)
            occurrences(inPeriod: period, from: start, through: highest, into: &found)
            if remaining <= found.count { return found[remaining - 1] }
            remaining -= found.count
            foundInCycle += found.count
            walked += 1
            guard walked == cycle else { continue }
            if foundInCycle == 0 { return nil }
            // Beyond the first cycle the next is another one like it: at most one more is walked.
            let skipped = (remaining - 1) / foundInCycle
            remaining -= skipped * foundInCycle
            period += skipped * cycle * interval
        }
    }

    /// The same where each day can be asked by itself: stretches of days are walked, and months that are out are stepped
    /// over.
    private func lastDay(count: Int, through highest: Int) -> Int? {
        // 400 years are 189 stretches.
        let (stretch, cycle) = (773, 189)
        var (remaining, walked, foundInCycle, low) = (count, 0, 0, start)
        while low <= highest {
            let found = occurrences(from: low, through: min(low + stretch - 1, highest))
            if remaining <= found.count { return found[remaining - 1] }
            remaining -= found.count
            foundInCycle += found.count
            low += stretch
            walked += 1
            guard walked == cycle else { continue }
            if foundInCycle == 0 { return nil }
            let skipped = (remaining - 1) / foundInCycle
            remaining -= skipped * foundInCycle
            low += skipped * cycle * stretch
        }
        return nil
    }

    /// No period has more dates.
    private var mostInPeriod: Int {
        let days =
            switch frequency {
            case .daily: 1
            case .weekly: 7
            case .monthly: 31
            case .yearly: 366
            }
        return positions.isEmpty ? days : min(days, positions.count)
    }

    /// After how many of its periods the rule gives the same days again, only later.
    private var cycle: Int {
        let isEven = months == 0 && monthDays.isEmpty
        let all =
            switch frequency {
            case .daily: isEven ? 7 : 146_097
            case .weekly: isEven ? 1 : 20_871
            case .monthly: 4_800
            case .yearly: 400
            }
        return all / Self.gcd(all, interval)
    }

    private static func gcd(_ left: Int, _ right: Int) -> Int { right == 0 ? left : gcd(right, left % right) }
}
