extension CalendarState {
    /// Puts other rules into effect. Recompiles only the days that they change, and touches only slots that start
    /// there, unless the change affects all days.
    mutating func reconfigure(_ new: SchedulingRules) {
        let old = rules
        rules = new
        let changed = new.changedDates(from: old, within: grid.knownDates)
        grid.invalidate(changed)
        if new.offersOtherwise(than: old) {
            touched = .everything
            return
        }
        switch changed {
        case .none: break
        case .everything: touched = .everything
        case .dates(let ranges): touched.merge(.spans(spans(ranges)))
        }
    }

    /// The time of ranges of dates; if there are many ranges, the time from the first to the last.
    private func spans(_ ranges: [ClosedRange<CivilDate>]) -> [Span] {
        func span(_ first: CivilDate, _ last: CivilDate) -> Span {
            let next = last.adding(days: 1)
            return Span(
                rules.zone.firstInstant(of: first), next > last ? rules.zone.firstInstant(of: next) : .distantFuture)
        }
        if ranges.count > 32, let first = ranges.first, let last = ranges.last {
            return [span(first.lowerBound, last.upperBound)]
        }
        return ranges.map { span($0.lowerBound, $0.upperBound) }
    }
}
