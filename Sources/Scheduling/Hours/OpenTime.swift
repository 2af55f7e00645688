/// The open time of a stretch of local dates, compiled from the layers: what a slot must fit into.
public struct OpenTime: Sendable {
    /// Layers ①–④ as time, a normal list.
    public let hours: [Span]
    /// Layer ⑤ as time, a normal list.
    public let blackouts: [Span]
    /// Layer ⑥ as time, a normal list.
    public let breaks: [Span]
    /// `hours` less `blackouts` and `breaks`: the windows that carry the grid.
    public let windows: [Span]

    /// Compiles the dates, both included. Each layer is gone through once for all of them, each recurrence expanded
    /// once.
    public init(_ layers: AvailabilityLayers, zone: Zone, from: CivilDate, through: CivilDate) {
        guard from <= through else {
            hours = []
            blackouts = []
            breaks = []
            windows = []
            return
        }
        hours = Self.hours(layers, zone: zone, from: from, through: through)
        blackouts = Self.blackouts(layers, zone: zone, from: from, through: through)
        var breaks: [Span] = []
        for pause in layers.breaks {
            for date in pause.dates(from: from, through: through, in: zone) {
                breaks.append(pause.interval.span(on: date, in: zone))
            }
        }
        self.breaks = SpanAlgebra.normalized(breaks)
        windows = SpanAlgebra.subtracting(SpanAlgebra.subtracting(hours, self.breaks), blackouts)
    }

    private static func hours(
        _ layers: AvailabilityLayers, zone: Zone, from: CivilDate, through: CivilDate
    ) -> [Span] {
        let count = through - from + 1
        let weeks = layers.customWeeks.isEmpty ? [] : layers.weeksInForce(from: from, count: count)
        let hasFixed = !layers.fixedDates.isEmpty
        var open: [Span] = []
        open.reserveCapacity(count)
        var fixed: [Span] = []
        var weekday = from.weekday.rawValue
        for offset in 0..<count {
            let date = from.adding(days: offset)
            defer { weekday = weekday == 6 ? 0 : weekday + 1 }
            if hasFixed, let own = layers.fixedDates[date] {
                for interval in own.intervals { fixed.append(interval.span(on: date, in: zone)) }
                continue
            }
            let week = offset < weeks.count ? weeks[offset] : nil
            for interval in week.map({ layers.customWeeks[$0].hours[weekday] }) ?? layers.weekly[weekday] {
                open.append(interval.span(on: date, in: zone))
            }
        }
        var closed: [Span] = []
        for rule in layers.recurring {
            for date in rule.recurrence.dates(from: from, through: through, in: zone) {
                if hasFixed, layers.fixedDates[date] != nil { continue }
                let span = rule.interval.span(on: date, in: zone)
                if rule.effect == .available { open.append(span) } else { closed.append(span) }
            }
        }
        let hours = SpanAlgebra.subtracting(SpanAlgebra.normalized(open), SpanAlgebra.normalized(closed))
        return fixed.isEmpty ? hours : SpanAlgebra.normalized(hours + fixed)
    }

    private static func blackouts(
        _ layers: AvailabilityLayers, zone: Zone, from: CivilDate, through: CivilDate
    ) -> [Span] {
        guard !layers.blackouts.isEmpty else { return [] }
        let isBlack = layers.blackouts(from: from, count: through - from + 1)
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
