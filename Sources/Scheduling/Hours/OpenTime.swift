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

    /// Compiles the dates, both included.
    public init(_ layers: AvailabilityLayers, zone: Zone, from: CivilDate, through: CivilDate) {
        var hours: [Span] = []
        var blackouts: [Span] = []
        var breaks: [Span] = []
        var date = from
        while date <= through {
            for interval in layers.intervals(on: date) { hours.append(interval.span(on: date, in: zone)) }
            for pause in layers.breaks where pause.happens(on: date) {
                breaks.append(pause.interval.span(on: date, in: zone))
            }
            if layers.blackouts.contains(where: { $0.contains(date) }) {
                blackouts.append(Span(zone.firstInstant(of: date), zone.firstInstant(of: date.adding(days: 1))))
            }
            let next = date.adding(days: 1)
            if next == date { break }
            date = next
        }
        self.hours = SpanAlgebra.normalized(hours)
        self.blackouts = SpanAlgebra.normalized(blackouts)
        self.breaks = SpanAlgebra.normalized(breaks)
        windows = SpanAlgebra.subtracting(
            self.hours, SpanAlgebra.normalized(self.blackouts + self.breaks)
        )
    }
}
