import Scheduling

/// Times for people, in the reader's zone, which is always named; and in the calendar's zone, if that is another one.
struct TimeText: Sendable {
    let zone: Zone
    /// The calendar's zone; nil if it is also the reader's.
    let other: Zone?

    init(zone: Zone, calendar: Zone? = nil) {
        self.zone = zone
        other = calendar.flatMap { $0.id.exact == zone.id.exact ? nil : $0 }
    }

    /// `Monday, 2 November 2026, 09:00–09:30 (Europe/Berlin, UTC+1)`; both dates if midnight lies between. A second
    /// line gives the time in the calendar's zone.
    func span(_ span: Scheduling.Span) -> String {
        let own = line(span)
        guard let other else { return own }
        return "\(own)\n\(TimeText(zone: other).line(span))"
    }

    private func line(_ span: Scheduling.Span) -> String {
        let start = zone.civil(at: span.start)
        let end = zone.civil(at: span.end)
        let from = "\(Self.date(start.date)), \(Self.clock(start.secondOfDay))"
        let to: String
        if end.date == start.date {
            to = "–\(Self.clock(end.secondOfDay))"
        } else if end.secondOfDay == 0, end.date == start.date.adding(days: 1) {
            to = "–24:00"
        } else {
            to = " – \(Self.date(end.date)), \(Self.clock(end.secondOfDay))"
        }
        return "\(from)\(to) (\(zoneName(span)))"
    }

    /// `Mon 2 Nov 2026, 09:00`: for subjects.
    func short(_ instant: Instant) -> String {
        let (date, second) = zone.civil(at: instant)
        let (year, month, day) = date.components
        return "\(date.weekday.english.prefix(3)) \(day) \(Self.months[month - 1].prefix(3)) \(year), "
            + Self.clock(second)
    }

    private func zoneName(_ span: Scheduling.Span) -> String {
        let before = Self.offset(zone.offset(at: span.start))
        let after = Self.offset(zone.offset(at: span.end))
        guard zone.id.exact != before.exact || before.exact != after.exact else { return zone.id }
        return before.exact == after.exact ? "\(zone.id), \(before)" : "\(zone.id), \(before), at the end \(after)"
    }

    /// `Monday, 2 November 2026`
    private static func date(_ date: CivilDate) -> String {
        let (year, month, day) = date.components
        return "\(date.weekday.english), \(day) \(months[month - 1]) \(year)"
    }

    private static func clock(_ secondOfDay: Int) -> String {
        LocalTime(minuteOfDay: secondOfDay / 60)?.description ?? ""
    }

    /// `UTC`, `UTC+1`, `UTC-3:30`. Historic offsets lose their seconds.
    private static func offset(_ seconds: Int) -> String {
        let (hours, minutes) = (abs(seconds) / 60).quotientAndRemainder(dividingBy: 60)
        guard hours + minutes > 0 else { return "UTC" }
        let sign = seconds < 0 ? "-" : "+"
        return minutes == 0 ? "UTC\(sign)\(hours)" : "UTC\(sign)\(hours):\(minutes < 10 ? "0" : "")\(minutes)"
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
}

extension Weekday {
    /// `Monday`
    fileprivate var english: String { name.prefix(1).uppercased() + name.dropFirst() }
}
