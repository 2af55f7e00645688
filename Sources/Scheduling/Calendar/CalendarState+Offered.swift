/// What the layers alone offer on one local date: nothing of bookings, holds, notice or horizon.
public struct DayOffer: Sendable, Hashable {
    public let date: CivilDate
    /// Elapsed minutes of open time within the date, once, whatever the capacity.
    public let openMinutes: Int
    public let slotCount: Int
    /// In order, none before the date's first instant and none after its last; of slots of the usual duration.
    public let starts: [Instant]

    public init(date: CivilDate, openMinutes: Int, slotCount: Int, starts: [Instant]) {
        self.date = date
        self.openMinutes = openMinutes
        self.slotCount = slotCount
        self.starts = starts
    }
}

extension CalendarState {
    /// What the layers offer on each of the dates, in order.
    public func offered(on dates: ClosedRange<CivilDate>) -> [DayOffer] {
        var grid = SlotGrid()
        let starts = grid.starts(
            rules, duration: rules.slotDuration, from: dates.lowerBound, through: dates.upperBound
        )
        let windows = SlotGrid.openTime(rules, from: dates.lowerBound, through: dates.upperBound).windows
        var next = 0
        return starts.enumerated().map { offset, starts in
            let date = dates.lowerBound.adding(days: offset)
            let day = Span(rules.zone.firstInstant(of: date), rules.zone.firstInstant(of: date.adding(days: 1)))
            while next < windows.count, windows[next].end <= day.start { next += 1 }
            var open: Int64 = 0
            for window in windows[next...] {
                guard window.start < day.end else { break }
                open += max(0, min(window.end, day.end) - max(window.start, day.start))
            }
            return DayOffer(
                date: date, openMinutes: Int(open / 60_000_000), slotCount: starts.count, starts: starts
            )
        }
    }
}
