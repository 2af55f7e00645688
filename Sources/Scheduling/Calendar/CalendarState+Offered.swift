/// What a calendar's opening rules alone offer on a local date.
public struct DayOffer: Sendable, Hashable {
    public let date: CivilDate
    /// Elapsed minutes that are open on the date.
    public let openMinutes: Int
    /// The starts of slots of the usual duration, in order; each lies between the date's first instant and the next
    /// date's.
    public let starts: [Instant]

    public var slotCount: Int { starts.count }

    public init(date: CivilDate, openMinutes: Int, starts: [Instant]) {
        self.date = date
        self.openMinutes = openMinutes
        self.starts = starts
    }
}

extension CalendarState {
    /// What the rules offer on each of some dates, bookings and the clock ignored: one element for each date, in order.
    /// An inactive calendar offers nothing.
    ///
    /// Compiled without the cache, which serves bookers.
    public func offered(on dates: ClosedRange<CivilDate>) -> [DayOffer] {
        let (first, count) = (dates.lowerBound, dates.upperBound - dates.lowerBound + 1)
        let midnights = (0...count).map { rules.zone.firstInstant(of: first.adding(days: $0)) }
        let supported = SlotGrid.supported
        let windows =
            rules.isActive
            ? SlotGrid.openTime(rules, from: first, through: dates.upperBound).windows
                .map { $0.intersection(supported) }.filter { !$0.isEmpty }
            : []
        let days = SlotGrid.starts(
            rules, duration: rules.slotDuration, windows: windows, from: first, midnights: midnights
        )
        var place = 0
        return days.enumerated().map { offset, starts in
            let day = Span(midnights[offset], midnights[offset + 1])
            while place < windows.count, windows[place].end <= day.start { place += 1 }
            let open = windows[place...].prefix { $0.start < day.end }
                .reduce(into: Int64(0)) { $0 += max(0, $1.intersection(day).end - $1.intersection(day).start) }
            return DayOffer(
                date: first.adding(days: offset), openMinutes: Int(open / 60_000_000), starts: starts.all
            )
        }
    }
}
