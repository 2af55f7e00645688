public import JSON
import AlmanacRuntime
import Scheduling

extension AvailabilityRule {
    public static func read(_ reader: ObjectReader) -> AvailabilityRule? {
        let rule: AvailabilityRule?
        switch reader.choice("kind", Kind.self) {
        case .recurring: rule = recurring(reader)
        case .fixed: rule = fixed(reader)
        case .custom: rule = custom(reader)
        // Without a kind, the set of allowed fields is unknown.
        case nil: return nil
        }
        reader.finish(ignoring: OpeningRuleFields.readOnly)
        return rule
    }

    private static func recurring(_ reader: ObjectReader) -> AvailabilityRule? {
        let effect = reader.choice("effect", OpeningRules.RecurringRule.Effect.self)
        let interval = MinuteInterval.read(reader)
        let recurrence = Recurrence.read(reader, interval)
        guard let effect, let interval, let recurrence else { return nil }
        return .recurring(effect, recurrence, interval)
    }

    private static func fixed(_ reader: ObjectReader) -> AvailabilityRule? {
        let date = reader.date("date")
        let items = reader.readers("intervals", max: 200)
        let places = (items ?? []).compactMap { item in
            defer { item.finish() }
            return MinuteInterval.read(item).map { (interval: $0, pointer: item.pointer) }
        }
        let intervals = places.map(\.interval)
        if let (earlier, later) = MinuteInterval.firstOverlap(intervals) {
            reader.errors.add(
                places[max(earlier, later)].pointer, code: "overlap",
                message: "must not overlap another interval of the same date"
            )
        }
        guard let date, items != nil else { return nil }
        return .fixed(date, intervals.sorted { $0.start < $1.start })
    }

    private static func custom(_ reader: ObjectReader) -> AvailabilityRule? {
        let range = reader.dateRange()
        let hours = WeeklyHours.read("business_hours", of: reader, required: true)
        let priority = reader.optionalInt("priority", in: -1_000_000...1_000_000) ?? 0
        guard let range, let hours else { return nil }
        return .custom(from: range.from, through: range.through, hours, priority: priority)
    }

    public func writeFields(to writer: inout JSONWriter) {
        switch self {
        case .recurring(let effect, let recurrence, let interval):
            writer.field("kind", Kind.recurring.rawValue)
            writer.field("effect", effect.rawValue)
            recurrence.writeFields(to: &writer)
            interval.writeFields(to: &writer)
        case .fixed(let date, let intervals):
            writer.field("kind", Kind.fixed.rawValue)
            writer.field("date", date.description)
            writer.key("intervals")
            writer.beginArray()
            for interval in intervals {
                writer.beginObject()
                interval.writeFields(to: &writer)
                writer.endObject()
            }
            writer.endArray()
        case .custom(let from, let through, let hours, let priority):
            writer.field("kind", Kind.custom.rawValue)
            writer.field("starts_on", from.description)
            writer.field("ends_on", through.description)
            writer.key("business_hours")
            hours.write(to: &writer)
            writer.field("priority", priority)
        }
    }
}

extension ObjectReader {
    /// `starts_on` and `ends_on`, both included.
    func dateRange() -> (from: CivilDate, through: CivilDate)? {
        let startsOn = date("starts_on")
        let endsOn = date("ends_on")
        guard let startsOn, let endsOn else { return nil }
        if endsOn < startsOn {
            fail("ends_on", code: "before_start", message: "must not be before starts_on")
            return nil
        }
        return (startsOn, endsOn)
    }
}
