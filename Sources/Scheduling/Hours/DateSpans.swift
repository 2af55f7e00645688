/// A range of local dates that turns many wall-clock intervals into time. It asks the zone once for each period of
/// constant offset, not once for each interval.
struct DateSpans {
    let zone: Zone
    let from: CivilDate
    /// For each date the UTC seconds of its 00:00 if no clock changes in the next 48 hours; otherwise nil.
    private let midnights: [Int64?]

    var count: Int { midnights.count }

    init(_ zone: Zone, from: CivilDate, count: Int) {
        self.zone = zone
        self.from = from
        // An interval ends no later than this.
        let reach: Int64 = 2 * 86_400
        var piece: (offset: Int64, until: Int64) = (0, .min)
        midnights = (0..<count).map { index in
            let wall = (Int64(from.dayNumber) + Int64(index)) * 86_400
            if wall >= piece.until { piece = zone.timeline.piece(wall: wall) }
            return wall + reach <= piece.until ? wall - piece.offset : nil
        }
    }

    /// The same as ``MinuteInterval/span(on:in:)`` of the date so many days after the first.
    func span(_ interval: MinuteInterval, on index: Int) -> Span {
        guard let midnight = midnights[index] else { return interval.span(on: from.adding(days: index), in: zone) }
        return Span(
            Instant(seconds: midnight + Int64(interval.start) * 60),
            Instant(seconds: midnight + Int64(interval.end) * 60)
        )
    }

    /// All the time of intervals on their dates, as a normal list. Dates outside are left out.
    ///
    /// Visits the dates in order, and on each date the intervals in order of start. So spans come in order, and
    /// overlapping spans are joined at once, however many overlap.
    func union(_ parts: [(interval: MinuteInterval, dates: [CivilDate])]) -> [Span] {
        guard !parts.isEmpty else { return [] }
        let sorted = parts.sorted { $0.interval.start < $1.interval.start }
        var places = Array(repeating: 0, count: sorted.count)
        var spans: [Span] = []
        for index in 0..<count {
            let date = from.adding(days: index)
            for (number, part) in sorted.enumerated() {
                let place = places[number]
                guard place < part.dates.count, part.dates[place] == date else { continue }
                places[number] = place + 1
                let span = span(part.interval, on: index)
                if span.isEmpty { continue }
                if let last = spans.last, last.start <= span.start, span.start <= last.end {
                    if span.end > last.end { spans[spans.count - 1].end = span.end }
                } else {
                    spans.append(span)
                }
            }
        }
        // A clock change may have swapped two of them.
        return SpanAlgebra.normalized(spans)
    }
}

extension ZoneTimeline {
    /// The offset of a wall-clock second, and a wall-clock second until which it surely holds; the second itself if
    /// unknown.
    fileprivate func piece(wall seconds: Int64) -> (offset: Int64, until: Int64) {
        (Int64(offset(wall: seconds)), firstWall(after: seconds) ?? seconds)
    }
}
