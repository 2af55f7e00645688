public import SQL
import AlmanacRuntime
public import Scheduling

/// Hours that differ from the weekly hours.
public enum AvailabilityRule: Hashable, Sendable {
    /// Adds or removes hours on the dates of a recurrence.
    case recurring(OpeningRules.RecurringRule.Effect, Recurrence, MinuteInterval)
    /// Replaces the hours of one date; the date is closed if there are none.
    case fixed(CivilDate, [MinuteInterval])
    /// Replaces the week from one date to another, both included. If several apply, the highest priority wins.
    case custom(from: CivilDate, through: CivilDate, WeeklyHours, priority: Int)
}

extension AvailabilityRule: OpeningRuleItem {
    public static var kind: OpeningRuleKind { .rule }
    public static var path: WritableKeyPath<StoredOpeningRules, [StoredOpeningRule<Self>]> { \.rules }
    public static var uniqueField: String { "date" }

    public var uniqueKey: String? {
        if case .fixed(let date, _) = self { date.description } else { nil }
    }

    public var dates: ReachedDates {
        switch self {
        case .recurring(_, let recurrence, _): recurrence.reachedDates
        case .fixed(let date, _): ReachedDates(from: date, to: date)
        case .custom(let from, let through, _, _): ReachedDates(from: from, to: through)
        }
    }

    public var listedDates: Int {
        if case .recurring(_, let recurrence, _) = self { recurrence.listedDates } else { 0 }
    }

    public var work: Int {
        if case .recurring(_, let recurrence, _) = self { recurrence.work } else { 0 }
    }

    public func apply(to rules: inout SchedulingRules, id: ID?) {
        switch self {
        case .recurring(let effect, let recurrence, let interval):
            rules.openingRules.recurring.append(
                .init(id: id, effect: effect, recurrence: recurrence, interval: interval))
        case .fixed(let date, let intervals):
            rules.openingRules.fixedDates[date] = .init(id: id, intervals: intervals)
        case .custom(let from, let through, let hours, let priority):
            rules.openingRules.customWeeks.append(
                .init(id: id, startsOn: from, endsOn: through, hours: hours, priority: priority)
            )
        }
    }

    // MARK: Columns

    public init(row: OpeningRuleRow) throws(StoreError) {
        switch Kind(named: try row.text(.kind)) {
        case .recurring:
            guard let effect = OpeningRules.RecurringRule.Effect(named: try row.text(.text)) else {
                throw StoreError(.corrupt, "a rule's effect is unknown")
            }
            self = .recurring(effect, try row.recurrence(), try row.interval())
        case .fixed:
            var intervals: [MinuteInterval] = []
            for numbers in try row.numbers(.list, width: 2) {
                intervals.append(try OpeningRuleRow.interval(numbers[0], numbers[1]))
            }
            self = .fixed(try row.date(.startsOn), intervals)
        case .custom:
            let rows = try row.numbers(.list, width: 3).map { SQLRow($0.map { .int($0) }) }
            self = .custom(
                from: try row.date(.startsOn), through: try row.date(.endsOn), try CalendarRecord.hours(rows),
                priority: try row.int(.number)
            )
        case nil: throw StoreError(.corrupt, "a rule's kind is unknown")
        }
    }

    public var row: OpeningRuleRow {
        var row = OpeningRuleRow()
        switch self {
        case .recurring(let effect, let recurrence, let interval):
            row[.kind] = .text(Kind.recurring.rawValue)
            row[.text] = .text(effect.rawValue)
            row.set(recurrence)
            row.set(interval)
        case .fixed(let date, let intervals):
            row[.kind] = .text(Kind.fixed.rawValue)
            row[.startsOn] = .date(date)
            row[.list] = .numbers(intervals.map { [$0.start, $0.end] })
        case .custom(let from, let through, let hours, let priority):
            row[.kind] = .text(Kind.custom.rawValue)
            row[.startsOn] = .date(from)
            row[.endsOn] = .date(through)
            row[.list] = .numbers(hours.intervals.map { [$0.rawValue, $1.start, $1.end] })
            row[.number] = .int(priority)
        }
        return row
    }

    enum Kind: String, CaseIterable { case recurring, fixed, custom }
}
