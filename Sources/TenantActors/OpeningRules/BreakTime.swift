public import SQL
import AlmanacRuntime
public import Scheduling

/// A pause inside open time.
public struct BreakTime: Hashable, Sendable {
    public var days: OpeningRules.Break.Days
    public var interval: MinuteInterval

    public init(_ days: OpeningRules.Break.Days, _ interval: MinuteInterval) {
        self.days = days
        self.interval = interval
    }

    enum Kind: String, CaseIterable {
        case fixed
        case oneTime = "one_time"
        case recurring
    }
}

extension BreakTime: OpeningRuleItem {
    public static var kind: OpeningRuleKind { .pause }
    public static var path: WritableKeyPath<StoredOpeningRules, [StoredOpeningRule<Self>]> { \.breaks }

    public var dates: ReachedDates {
        switch days {
        case .weekdays: ReachedDates()
        case .date(let date): ReachedDates(from: date, to: date)
        case .recurring(let recurrence): recurrence.reachedDates
        }
    }

    public var listedDates: Int {
        if case .recurring(let recurrence) = days { recurrence.listedDates } else { 0 }
    }

    public var work: Int {
        if case .recurring(let recurrence) = days { recurrence.work } else { 0 }
    }

    public func apply(to rules: inout SchedulingRules, id: ID?) {
        rules.openingRules.breaks.append(.init(id: id, days: days, interval: interval))
    }

    // MARK: Columns

    public init(row: OpeningRuleRow) throws(StoreError) {
        interval = try row.interval()
        switch Kind(named: try row.text(.kind)) {
        case .fixed:
            let numbers = try row.numbers(.list, width: 1)
            let weekdays = Set(numbers.compactMap { Weekday(rawValue: $0[0]) })
            guard weekdays.count == numbers.count else { throw StoreError(.corrupt, "a break's weekday is none") }
            days = .weekdays(weekdays)
        case .oneTime: days = .date(try row.date(.startsOn))
        case .recurring: days = .recurring(try row.recurrence())
        case nil: throw StoreError(.corrupt, "a break's kind is unknown")
        }
    }

    public var row: OpeningRuleRow {
        var row = OpeningRuleRow()
        row.set(interval)
        switch days {
        case .weekdays(let weekdays):
            row[.kind] = .text(Kind.fixed.rawValue)
            row[.list] = .numbers(weekdays.sorted().map { [$0.rawValue] })
        case .date(let date):
            row[.kind] = .text(Kind.oneTime.rawValue)
            row[.startsOn] = .date(date)
        case .recurring(let recurrence):
            row[.kind] = .text(Kind.recurring.rawValue)
            row.set(recurrence)
        }
        return row
    }
}
