import Scheduling

/// Small calendars for tests that know what they want.
enum CalendarFixtures {
    static func id(_ number: UInt64) -> ID { ID(high: 0, low: number) }

    /// Monday to Sunday, from and to a minute of the day.
    static func week(_ start: Int = 540, _ end: Int = 1_020) -> WeeklyHours {
        WeeklyHours(Weekday.allCases.map { ($0, MinuteInterval(startMinute: start, endMinute: end)!) })
    }

    /// 09:00–17:00 UTC every day, half-hour slots.
    static func rules(
        zone: Zone = .utc, weekly: WeeklyHours = week(), _ change: (inout SchedulingRules) -> Void = { _ in }
    ) -> SchedulingRules {
        var rules = SchedulingRules(zone: zone, openingRules: OpeningRules(weekly: weekly))
        change(&rules)
        return rules
    }

    static func state(
        _ entries: [Occupancy.Entry] = [], external: [Span] = [], _ change: (inout SchedulingRules) -> Void = { _ in }
    ) -> CalendarState {
        CalendarState(rules: rules(change), entries: entries, externalBusy: external)
    }

    static func rules(_ change: (inout SchedulingRules) -> Void) -> SchedulingRules {
        rules(zone: .utc, weekly: week(), change)
    }

    static func appointment(_ number: UInt64, _ span: Span, seat: Int = 0) -> Occupancy.Entry {
        .init(owner: id(number), span: span, seat: seat, kind: .appointment)
    }

    static func hold(_ number: UInt64, _ span: Span, seat: Int = 0, until: Instant) -> Occupancy.Entry {
        .init(owner: id(number), span: span, seat: seat, kind: .hold, expiresAt: until)
    }

    /// Tuesday, 3 November 2026, before hours.
    static let now = rfc3339("2026-11-03T08:00:00Z")

    /// A time of that Tuesday.
    static func at(_ hour: Int, _ minute: Int = 0) -> Instant {
        rfc3339("2026-11-03T00:00:00Z").adding(minutes: hour * 60 + minute)
    }

    static func span(_ hour: Int, _ minute: Int = 0, minutes: Int = 30) -> Span {
        Span(at(hour, minute), at(hour, minute).adding(minutes: minutes))
    }

    static let day = Span(rfc3339("2026-11-03T00:00:00Z"), rfc3339("2026-11-04T00:00:00Z"))
}

extension CalendarState {
    /// The starts offered in a range.
    mutating func starts(
        _ range: Span = CalendarFixtures.day, duration: Int? = nil, now: Instant = CalendarFixtures.now
    ) -> [Instant] {
        availability(in: range, duration: duration ?? rules.slotDuration, now: now).slots.map(\.start)
    }
}
