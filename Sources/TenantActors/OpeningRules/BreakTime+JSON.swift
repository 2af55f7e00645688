public import JSON
import AlmanacRuntime
import Scheduling

extension BreakTime {
    public static func read(_ reader: ObjectReader) -> BreakTime? {
        // `…/recurring` accepts a break without a kind, so the other paths accept the same body.
        if !reader.contains("kind"), reader.contains("rrule") { return readRecurring(reader) }
        // Without a kind, the set of allowed fields is unknown.
        guard let kind = reader.choice("kind", Kind.self) else { return nil }
        return read(reader, kind)
    }

    /// Reads a recurring break, if the path says that it is one.
    public static func readRecurring(_ reader: ObjectReader) -> BreakTime? {
        _ = reader.optionalParsed("kind", code: "invalid_value", message: "must be recurring") {
            $0.exact == Kind.recurring.rawValue.exact ? true : nil
        }
        return read(reader, .recurring)
    }

    private static func read(_ reader: ObjectReader, _ kind: Kind) -> BreakTime? {
        let interval = MinuteInterval.read(reader)
        let days: OpeningRules.Break.Days? =
            switch kind {
            case .fixed: weekdays(reader).map { .weekdays($0) }
            case .oneTime: reader.date("date").map { .date($0) }
            case .recurring: Recurrence.read(reader, interval).map { .recurring($0) }
            }
        reader.finish(ignoring: OpeningRuleFields.readOnly)
        guard let days, let interval else { return nil }
        return BreakTime(days, interval)
    }

    private static func weekdays(_ reader: ObjectReader) -> Set<Weekday>? {
        guard let names = reader.array("days_of_week", max: 7) else { return nil }
        if names.isEmpty {
            reader.fail("days_of_week", code: "too_short", message: "must name at least one weekday")
        }
        var weekdays: Set<Weekday> = []
        for name in names {
            if let weekday = name.value.string.flatMap(Weekday.init(name:)) {
                weekdays.insert(weekday)
            } else {
                reader.errors.add(
                    name.pointer, code: "invalid_weekday", message: "must be a weekday, monday to sunday"
                )
            }
        }
        return weekdays
    }

    public func writeFields(to writer: inout JSONWriter) {
        switch days {
        case .weekdays(let weekdays):
            writer.field("kind", Kind.fixed.rawValue)
            writer.field("days_of_week", weekdays.sorted().map(\.name))
        case .date(let date):
            writer.field("kind", Kind.oneTime.rawValue)
            writer.field("date", date.description)
        case .recurring(let recurrence):
            writer.field("kind", Kind.recurring.rawValue)
            recurrence.writeFields(to: &writer)
        }
        interval.writeFields(to: &writer)
    }
}
