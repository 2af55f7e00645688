extension SlotGrid {
    /// Of some dates those whose starts come out different under other rules, for a slot of some duration at least.
    ///
    /// A date's starts follow from the windows that lie over it: where they began, if that is not too far back to step
    /// from, and where they end, if a slot could reach it.
    static func changed(
        _ dates: ClosedRange<CivilDate>, from old: SchedulingRules, to new: SchedulingRules
    ) -> [ClosedRange<CivilDate>] {
        let (first, count) = (dates.lowerBound, dates.upperBound - dates.lowerBound + 1)
        let (back, ahead) = (lookBack - 2, 3)
        let midnights = (-back...count + ahead).map { new.zone.firstInstant(of: first.adding(days: $0)) }
        let windows = [old, new].map { openTime($0, from: first, through: dates.upperBound).windows }
        var places = [0, 0]
        var changed: [ClosedRange<CivilDate>] = []
        for offset in 0..<count {
            let day = Span(midnights[offset + back], midnights[offset + back + 1])
            // What begins before the seventh day back began too far back, whenever it did.
            let counted = Span(midnights[offset].adding(microseconds: -1), midnights[offset + back + ahead])
            let views = [0, 1].map { side in
                let list = windows[side]
                while places[side] < list.count, list[places[side]].end <= day.start { places[side] += 1 }
                return list[places[side]...].prefix { $0.start < day.end }.map { $0.intersection(counted) }
            }
            let date = first.adding(days: offset)
            if views[0] != views[1] { changed.append(date...date) }
        }
        return DateRanges.merged(changed)
    }
}
