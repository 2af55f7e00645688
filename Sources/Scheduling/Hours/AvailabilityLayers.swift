/// What shapes a calendar's open time, one layer over the other.
///
/// Lowest first: ① weekly hours, ② custom weeks, ③ recurring rules, ④ fixed dates, ⑤ blackouts, ⑥ breaks.
/// Layers ①–④ give the windows of a local date (a window belongs to the date it starts on);
/// ⑤ and ⑥ take time away, whichever date its window began on.
public struct AvailabilityLayers: Hashable, Sendable {
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

    /// Hours added to what is open, or taken from it, on the dates of a recurrence.
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

    /// The hours of one date, in the place of all others; none where it is closed.
    public struct FixedDate: Hashable, Sendable {
        public var id: ID?
        public var intervals: [MinuteInterval]

        public init(id: ID?, intervals: [MinuteInterval]) {
            self.id = id
            self.intervals = intervals
        }
    }

    /// Dates that are closed whole, both included; a yearly one repeats on its month and day.
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

        /// Whether the date is closed. 29 February of a yearly blackout exists in leap years only.
        public func contains(_ date: CivilDate) -> Bool {
            if !repeatsYearly { return startsOn <= date && date <= endsOn }
            if endsOn - startsOn >= 365 { return date >= startsOn }
            let day = (date.month, date.day)
            let first = (startsOn.month, startsOn.day)
            let last = (endsOn.month, endsOn.day)
            let inside = first <= last ? first <= day && day <= last : day >= first || day <= last
            return inside && date >= startsOn
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

        public func happens(on date: CivilDate) -> Bool {
            switch days {
            case .weekdays(let weekdays): weekdays.contains(date.weekday)
            case .date(let day): day == date
            case .recurring: false
            }
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

    /// The wall-clock windows of a date after layers ①–④.
    public func intervals(on date: CivilDate) -> [MinuteInterval] {
        if let fixed = fixedDates[date] { return fixed.intervals }
        return (customWeek(on: date)?.hours ?? weekly)[date.weekday]
    }

    /// The custom week in force: highest priority, then newest id, then the later in the list.
    public func customWeek(on date: CivilDate) -> CustomWeek? {
        var chosen: CustomWeek?
        for week in customWeeks where week.startsOn <= date && date <= week.endsOn {
            guard let current = chosen else {
                chosen = week
                continue
            }
            if week.priority != current.priority {
                if week.priority > current.priority { chosen = week }
            } else if let id = week.id, let currentID = current.id {
                if id > currentID { chosen = week }
            } else {
                chosen = week
            }
        }
        return chosen
    }
}
