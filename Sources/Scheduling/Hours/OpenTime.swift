/// The open time of a range of local dates, compiled from the opening rules. A slot must fit into it.
public struct OpenTime: Sendable {
    /// Opening rules ①–④ as time, a normal list.
    public let hours: [Span]
    /// Opening rule ⑤ as time, a normal list.
    public let blackouts: [Span]
    /// Opening rule ⑥ as time, a normal list.
    public let breaks: [Span]
    /// `hours` minus `blackouts` and `breaks`: the windows that carry the grid.
    public let windows: [Span]

    /// Compiles the dates, both included. Evaluates each opening rule once for all dates, and expands each recurrence
    /// once.
    public init(_ openingRules: OpeningRules, zone: Zone, from: CivilDate, through: CivilDate) {
        guard from <= through else {
            hours = []
            blackouts = []
            breaks = []
            windows = []
            return
        }
        let dates = DateSpans(zone, from: from, count: through - from + 1)
        hours = Self.hours(openingRules, dates, through: through)
        blackouts = Self.blackouts(openingRules, zone: zone, from: from, through: through)
        breaks = dates.union(
            openingRules.breaks.map { ($0.interval, $0.dates(from: from, through: through, in: zone)) }
        )
        windows = SpanAlgebra.subtracting(SpanAlgebra.subtracting(hours, self.breaks), blackouts)
    }

    private static func hours(_ openingRules: OpeningRules, _ dates: DateSpans, through: CivilDate) -> [Span] {
        let (from, count) = (dates.from, dates.count)
        let weeks = openingRules.customWeeks.isEmpty ? [] : openingRules.weeksInForce(from: from, count: count)
        let hasFixed = !openingRules.fixedDates.isEmpty
        var open: [Span] = []
        open.reserveCapacity(count)
        var fixed: [Span] = []
        var weekday = from.weekday.rawValue
        for offset in 0..<count {
            defer { weekday = weekday == 6 ? 0 : weekday + 1 }
            if hasFixed, let own = openingRules.fixedDates[from.adding(days: offset)] {
                for interval in own.intervals { fixed.append(dates.span(interval, on: offset)) }
                continue
            }
            let week = offset < weeks.count ? weeks[offset] : nil
            for interval in week.map({ openingRules.customWeeks[$0].hours[weekday] }) ?? openingRules.weekly[weekday] {
                open.append(dates.span(interval, on: offset))
            }
        }
        /// Where the rules of an effect apply; not on fixed dates.
        func spans(_ effect: OpeningRules.RecurringRule.Effect) -> [Span] {
            dates.union(
                openingRules.recurring.filter { $0.effect == effect }.map { rule in
                    var days = rule.recurrence.dates(from: from, through: through, in: dates.zone)
                    if hasFixed { days.removeAll { openingRules.fixedDates[$0] != nil } }
                    return (rule.interval, days)
                }
            )
        }
        open = SpanAlgebra.normalized(open)
        if !openingRules.recurring.isEmpty {
            let available = spans(.available)
            if !available.isEmpty { open = SpanAlgebra.normalized(open + available) }
            open = SpanAlgebra.subtracting(open, spans(.unavailable))
        }
        return fixed.isEmpty ? open : SpanAlgebra.normalized(open + fixed)
    }

    private static func blackouts(
        _ openingRules: OpeningRules, zone: Zone, from: CivilDate, through: CivilDate
    ) -> [Span] {
        guard !openingRules.blackouts.isEmpty else { return [] }
        let isBlack = openingRules.blackouts(from: from, count: through - from + 1)
        var spans: [Span] = []
        var start: Int?
        for offset in 0...isBlack.count {
            let black = offset < isBlack.count && isBlack[offset]
            if black, start == nil { start = offset }
            if !black, let first = start {
                spans.append(
                    Span(
                        zone.firstInstant(of: from.adding(days: first)),
                        zone.firstInstant(of: from.adding(days: offset))
                    )
                )
                start = nil
            }
        }
        return SpanAlgebra.normalized(spans)
    }
}
