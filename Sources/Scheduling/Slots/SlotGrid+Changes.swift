extension SlotGrid {
    /// The dates whose starts differ under other rules with the same steps, for at least one duration.
    ///
    /// A date's starts depend on the windows over it: where their first step on the date falls, and where they end if a
    /// slot of 24 hours could reach that end.
    static func changed(
        _ dates: ClosedRange<CivilDate>, from old: SchedulingRules, to new: SchedulingRules
    ) -> [ClosedRange<CivilDate>] {
        let (first, count) = (dates.lowerBound, dates.upperBound - dates.lowerBound + 1)
        let back = steppedDays - 1
        let midnights = (-back...count).map { new.zone.firstInstant(of: first.adding(days: $0)) }
        let windows = [old, new].map { openTime($0, from: first, through: dates.upperBound).windows }
        let step = Int64(new.slotInterval) * 60_000_000
        var places = [0, 0]
        var changed: [ClosedRange<CivilDate>] = []
        for offset in 0..<count {
            let day = Span(midnights[offset + back], midnights[offset + back + 1])
            let views = [0, 1].map { side in
                let list = windows[side]
                while places[side] < list.count, list[places[side]].end <= day.start { places[side] += 1 }
                return list[places[side]...].prefix { $0.start < day.end }.map { window in
                    let origin = window.start < midnights[offset] ? day.start : window.start
                    let steps = max(0, (day.start - origin + step - 1) / step)
                    return Span(
                        origin.adding(microseconds: steps * step), min(window.end, day.end.adding(days: 1))
                    )
                }
            }
            let date = first.adding(days: offset)
            if views[0] != views[1] { changed.append(date...date) }
        }
        return DateRanges.merged(changed)
    }
}
