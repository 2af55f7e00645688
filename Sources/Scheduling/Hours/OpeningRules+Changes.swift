extension OpeningRules {
    private static let always = CivilDate(dayNumber: .min)...CivilDate(dayNumber: .max)

    /// The dates of the differing entries, unordered: open time that began or lay there may differ.
    func changes(from old: OpeningRules) -> [ClosedRange<CivilDate>] {
        if self == old { return [] }
        var ranges: [ClosedRange<CivilDate>] = []
        if weekly != old.weekly { ranges.append(Self.always) }
        ranges += Self.differing(customWeeks, old.customWeeks, orderCounts: true).compactMap {
            $0.startsOn <= $0.endsOn ? $0.startsOn...$0.endsOn : nil
        }
        ranges += Self.differing(recurring, old.recurring).map(\.recurrence.reach)
        for (date, fixed) in fixedDates where old.fixedDates[date] != fixed { ranges.append(date...date) }
        for date in old.fixedDates.keys where fixedDates[date] == nil { ranges.append(date...date) }
        ranges += Self.differing(blackouts, old.blackouts).compactMap {
            let last = $0.repeatsYearly ? Self.always.upperBound : $0.endsOn
            return $0.startsOn <= last ? $0.startsOn...last : nil
        }
        ranges += Self.differing(breaks, old.breaks).map { pause in
            switch pause.days {
            case .date(let date): date...date
            case .weekdays: Self.always
            case .recurring(let recurrence): recurrence.reach
            }
        }
        return ranges
    }

    /// Entries that only one of two lists has. If order decides between equals, a changed order makes all differ.
    private static func differing<Entry: Hashable>(
        _ new: [Entry], _ old: [Entry], orderCounts: Bool = false
    ) -> Set<Entry> {
        if new == old { return [] }
        let (olds, news) = (Set(old), Set(new))
        if orderCounts, new.filter(olds.contains) != old.filter(news.contains) { return olds.union(news) }
        return olds.symmetricDifference(news)
    }
}
