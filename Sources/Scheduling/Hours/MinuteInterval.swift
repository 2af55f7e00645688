/// Wall-clock minutes counted from the midnight that begins a local date.
///
/// `start` is 0…1439; `end` is `start + 1`…`start + 1440`, so an interval may run past midnight but never past 24
/// hours.
public struct MinuteInterval: Hashable, Sendable {
    public let start: Int
    public let end: Int

    /// From two wall-clock times: an end at or before the start lies on the next day, so equal times are 24 hours.
    public init?(start: LocalTime, end: LocalTime) {
        guard start.minuteOfDay < 1440 else { return nil }
        self.start = start.minuteOfDay
        self.end = end.minuteOfDay > start.minuteOfDay ? end.minuteOfDay : end.minuteOfDay + 1440
    }

    /// From minutes of the day, as they are stored; nil if out of range.
    public init?(startMinute: Int, endMinute: Int) {
        guard (0..<1440).contains(startMinute), endMinute > startMinute, endMinute <= startMinute + 1440 else {
            return nil
        }
        start = startMinute
        end = endMinute
    }

    /// The interval on a date, by its endpoints (RFC 5545 §3.3.5). A clock change may make it empty or inverted.
    public func span(on date: CivilDate, in zone: Zone) -> Span {
        Span(zone.instant(date, minute: start), zone.instant(date, minute: end))
    }

    /// The first pair that overlaps, as indexes into the list; touching is no overlap.
    public static func firstOverlap(_ intervals: [MinuteInterval]) -> (Int, Int)? {
        let order = intervals.indices.sorted { intervals[$0].start < intervals[$1].start }
        for (earlier, later) in zip(order, order.dropFirst()) where intervals[later].start < intervals[earlier].end {
            return (earlier, later)
        }
        return nil
    }
}
