/// The rules that shape a calendar's open time, one on top of the other.
///
/// Lowest first: ① weekly hours, ② custom weeks, ③ recurring rules, ④ fixed dates, ⑤ blackouts, ⑥ breaks.
/// A window belongs to the local date it starts on, and may run past midnight. ① to ④ say what is open:
///
/// - ② replaces ① on its dates: the highest priority wins, then the newest id, then the later in the list.
/// - ③ adds all `available` windows, then removes all `unavailable` ones by time, whatever date the overlapped window
///   belongs to.
/// - ④ A fixed date replaces every window that starts on it, including those of ③ with either effect. ③ removes none of
///   its windows, not even by an `unavailable` window of the evening before.
///
/// ⑤ and ⑥ remove time from all of that.
public struct OpeningRules: Hashable, Sendable {
    /// Another week pattern inside a range of dates, both included.
    public struct CustomWeek: Hashable, Sendable {
        public var id: ID?
        public var startsOn: CivilDate
        public var endsOn: CivilDate
        public var hours: WeeklyHours
        public var priority: Int

        public init(id: ID?, startsOn: CivilDate, endsOn: CivilDate, hours: WeeklyHours, priority: Int) {
            self.id = id
            self.startsOn = startsOn
            self.endsOn = endsOn
            self.hours = hours
            self.priority = priority
        }
    }

    /// Hours added to the open time, or removed from it, on the dates of a recurrence.
    public struct RecurringRule: Hashable, Sendable {
        public enum Effect: String, Hashable, Sendable, CaseIterable { case available, unavailable }

        public var id: ID?
        public var effect: Effect
        public var recurrence: Recurrence
        public var interval: MinuteInterval

        public init(id: ID?, effect: Effect, recurrence: Recurrence, interval: MinuteInterval) {
            self.id = id
            self.effect = effect
            self.recurrence = recurrence
            self.interval = interval
        }
    }

    /// The hours of one date, instead of all others; empty if it is closed.
    public struct FixedDate: Hashable, Sendable {
        public var id: ID?
        public var intervals: [MinuteInterval]

        public init(id: ID?, intervals: [MinuteInterval]) {
            self.id = id
            self.intervals = intervals
        }
    }

    /// Whole closed dates, both included; a yearly blackout repeats on its month and day.
    public struct Blackout: Hashable, Sendable {
        public var id: ID?
        public var startsOn: CivilDate
        public var endsOn: CivilDate
        public var repeatsYearly: Bool

        public init(id: ID?, startsOn: CivilDate, endsOn: CivilDate, repeatsYearly: Bool) {
            self.id = id
            self.startsOn = startsOn
            self.endsOn = endsOn
            self.repeatsYearly = repeatsYearly
        }
    }

    /// A pause inside open time: on weekdays, on one date, or on those of a recurrence.
    public struct Break: Hashable, Sendable {
        public enum Days: Hashable, Sendable {
            case weekdays(Set<Weekday>)
            case date(CivilDate)
            case recurring(Recurrence)
        }

        public var id: ID?
        public var days: Days
        public var interval: MinuteInterval

        public init(id: ID?, days: Days, interval: MinuteInterval) {
            self.id = id
            self.days = days
            self.interval = interval
        }
    }

    public var weekly: WeeklyHours
    public var customWeeks: [CustomWeek]
    public var recurring: [RecurringRule]
    public var fixedDates: [CivilDate: FixedDate]
    public var blackouts: [Blackout]
    public var breaks: [Break]

    public init(
        weekly: WeeklyHours = .closed,
        customWeeks: [CustomWeek] = [],
        recurring: [RecurringRule] = [],
        fixedDates: [CivilDate: FixedDate] = [:],
        blackouts: [Blackout] = [],
        breaks: [Break] = []
    ) {
        self.weekly = weekly
        self.customWeeks = customWeeks
        self.recurring = recurring
        self.fixedDates = fixedDates
        self.blackouts = blackouts
        self.breaks = breaks
    }

    /// How many entries each date must be checked against.
    var entries: Int { customWeeks.count + recurring.count + blackouts.count + breaks.count }

    /// How many entries recur by a rule.
    var recurrences: Int {
        recurring.count + breaks.count { if case .recurring = $0.days { true } else { false } }
    }

    /// The wall-clock windows that ①, ② and ④ give a date; ③ works in time, see ``OpenTime``.
    public func intervals(on date: CivilDate) -> [MinuteInterval] {
        if let fixed = fixedDates[date] { return fixed.intervals }
        return (customWeek(on: date)?.hours ?? weekly)[date.weekday]
    }

    /// The custom week in effect.
    public func customWeek(on date: CivilDate) -> CustomWeek? {
        weeksInForce(from: date, count: 1)[0].map { customWeeks[$0] }
    }
}
