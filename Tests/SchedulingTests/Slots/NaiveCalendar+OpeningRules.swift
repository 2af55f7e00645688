import Scheduling

extension NaiveCalendar {
    /// Monday 0 … Sunday 6; 1970-01-01 was a Thursday.
    static func weekday(_ date: CivilDate) -> Int { ((Int(date.dayNumber) + 3) % 7 + 7) % 7 }

    /// Opening rules ① and ② of a date: those of the strongest custom week, else the week's.
    func hours(on date: CivilDate) -> [MinuteInterval] {
        var best: (Int, ID?, WeeklyHours)?
        for week in rules.openingRules.customWeeks where week.startsOn <= date && date <= week.endsOn {
            guard let (priority, id, _) = best else {
                best = (week.priority, week.id, week.hours)
                continue
            }
            // The later in the list wins, unless it is weaker or older.
            if week.priority < priority { continue }
            if week.priority == priority, let old = id, let new = week.id, new < old { continue }
            best = (week.priority, week.id, week.hours)
        }
        let week = best?.2 ?? rules.openingRules.weekly
        return week[Weekday(rawValue: Self.weekday(date))!]
    }

    /// Whether a blackout covers a date. A yearly one is walked through day by day, in a leap year's calendar.
    static func covers(_ blackout: OpeningRules.Blackout, _ date: CivilDate) -> Bool {
        if date < blackout.startsOn { return false }
        if !blackout.repeatsYearly { return date <= blackout.endsOn }
        let end = (blackout.endsOn.month, blackout.endsOn.day)
        var isWholeYear = true
        var day = blackout.startsOn
        for _ in 0..<365 {
            if day >= blackout.endsOn { isWholeYear = false }
            day = day.adding(days: 1)
        }
        if isWholeYear { return true }
        let wanted = (date.month, date.day)
        var label = (blackout.startsOn.month, blackout.startsOn.day)
        for _ in 0..<366 {
            if label == wanted { return true }
            if label == end { return false }
            label.1 += 1
            if label.1 > [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][label.0 - 1] {
                label = (label.0 % 12 + 1, 1)
            }
        }
        return false
    }

    /// Steps from every window's first cell.
    func fillGrid() {
        let length = duration * 60 / tick
        let step = rules.slotInterval * 60 / tick
        var window: Int?
        var from = 0
        for cell in dates.indices {
            guard isFree(cell) else {
                window = nil
                continue
            }
            let begin = window ?? cell
            if window == nil {
                window = cell
                from = cell
            }
            // Open for longer than seven days: from the eighth date on each date begins anew.
            if dates[cell] - dates[begin] >= 8, dates[cell] != dates[cell - 1] { from = cell }
            if (cell - from) % step == 0, run[cell] >= length { grid.append(instant(cell)) }
        }
    }

    func grid(in range: Span) -> [Instant] { grid.filter { range.start <= $0 && $0 < range.end } }
}
