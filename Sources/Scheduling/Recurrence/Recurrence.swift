/// The local dates on which something happens: those of a rule, more dates, and fewer.
///
/// Only dates that the rule matches are occurrences, even for `startsOn`. COUNT includes dates that EXDATE removes. A
/// date in both RDATE and EXDATE is removed.
///
/// Work is bounded for every rule: a query costs only its dates, and the end of a COUNT is found once, here, by
/// counting years.
public struct Recurrence: Hashable, Sendable {
    public let rule: RecurrenceRule
    /// The first possible date (DTSTART); an occurrence only if the rule matches it.
    public let startsOn: CivilDate
    /// The wall-clock minute at which an occurrence begins, 0…1439: `UNTIL` is compared with it.
    public let startMinute: Int
    /// Removed dates (EXDATE).
    public let exdates: Set<CivilDate>
    /// Added dates (RDATE).
    public let rdates: Set<CivilDate>

    private let pattern: RecurrencePattern
    /// Day number of the last date that COUNT allows, if there is one.
    private let countEnd: Int?
    /// About how many days, periods and years to look at: once to find the end of the rule, then for each queried year.
    /// A step takes a few nanoseconds.
    public let work: Int

    public init(
        rule: RecurrenceRule, startsOn: CivilDate, startMinute: Int, exdates: Set<CivilDate> = [],
        rdates: Set<CivilDate> = []
    ) {
        self.rule = rule
        self.startsOn = startsOn
        self.startMinute = startMinute
        self.exdates = exdates
        self.rdates = rdates
        pattern = RecurrencePattern(rule.parts, startsOn: startsOn)
        let end = rule.parts.count.map(pattern.last(count:))
        countEnd = end?.day
        work = 366 + (end?.steps ?? 0) + exdates.count + rdates.count
    }

    /// Its dates from one to another, both included, in order.
    public func dates(from: CivilDate, through: CivilDate, in zone: Zone) -> [CivilDate] {
        guard from <= through else { return [] }
        let last = min(Int(through.dayNumber), lastDay(in: zone))
        let days = pattern.occurrences(from: Int(from.dayNumber), through: last)
        var dates = days.map(CivilDate.init(validDayNumber:))
        if case .instant(let until)? = rule.parts.until {
            while let date = dates.last, zone.instant(date, minute: startMinute) > until { dates.removeLast() }
        }
        if !rdates.isEmpty {
            let more = rdates.filter { from <= $0 && $0 <= through }
            if !more.isEmpty { dates = more.union(dates).sorted() }
        }
        if !exdates.isEmpty { dates.removeAll(where: exdates.contains) }
        return dates
    }

    /// All its dates lie in this range, in any zone.
    public var reach: ClosedRange<CivilDate> {
        let last = max(startsOn, CivilDate(dayNumber: lastDay(in: nil)))
        let extra = rdates.subtracting(exdates)
        return min(startsOn, extra.min() ?? startsOn)...max(last, extra.max() ?? last)
    }

    /// The last possible day; for an UNTIL in UTC one day later, so that it holds in every zone.
    private func lastDay(in zone: Zone?) -> Int {
        if let countEnd { return countEnd }
        switch rule.parts.until {
        case nil: return Int.max
        case .date(let date): return Int(date.dayNumber)
        case .local(let date, let second): return Int(date.dayNumber) - (startMinute * 60 <= second ? 0 : 1)
        case .instant(let until): return Int((zone ?? .utc).date(at: until).dayNumber) + 2
        }
    }
}
