import JSON
import AlmanacRuntime
import Scheduling

extension Recurrence {
    /// How many dates a recurrence may add individually, and how many it may remove.
    static let maxListed = 1_000
    private static let maxRule = 1_000

    /// Reads `rrule`, `starts_on`, `exdates` and `rdates`. `interval` tells when an occurrence begins; nil if it is
    /// invalid.
    static func read(_ reader: ObjectReader, _ interval: MinuteInterval?) -> Recurrence? {
        let rule = rule(reader)
        let startsOn = reader.date("starts_on")
        let exdates = dates("exdates", reader)
        let rdates = dates("rdates", reader)
        guard let rule, let startsOn, let exdates, let rdates, let interval else { return nil }
        return Recurrence(
            rule: rule, startsOn: startsOn, startMinute: interval.start, exdates: exdates, rdates: rdates
        )
    }

    private static func rule(_ reader: ObjectReader) -> RecurrenceRule? {
        guard let text = reader.string("rrule", min: 1, max: maxRule) else { return nil }
        for error in RecurrenceRule.errors(in: text) {
            let message = error.part.isEmpty ? error.message : "\(error.part) \(error.message)"
            reader.fail("rrule", code: error.code, message: message)
        }
        return try? RecurrenceRule(text)
    }

    private static func dates(_ key: String, _ reader: ObjectReader) -> Set<CivilDate>? {
        guard reader.contains(key), !reader.isNull(key) else {
            _ = reader.raw(key)
            return []
        }
        guard let items = reader.optionalArray(key, max: maxListed) else { return nil }
        var dates: Set<CivilDate> = []
        var isSound = true
        for item in items {
            if let date = item.value.string.flatMap(CivilDate.init(iso:)) {
                dates.insert(date)
            } else {
                isSound = false
                reader.errors.add(item.pointer, code: "invalid_date", message: "must be a date such as 2026-11-02")
            }
        }
        return isSound ? dates : nil
    }

    /// Writes the fields that ``read(_:_:)`` reads.
    func writeFields(to writer: inout JSONWriter) {
        writer.field("rrule", rule.text)
        writer.field("starts_on", startsOn.description)
        writer.field("exdates", exdates.sorted().map(\.description))
        writer.field("rdates", rdates.sorted().map(\.description))
    }

    /// The first and the last possible date of an occurrence.
    var reachedDates: ReachedDates {
        let (first, last) = (reach.lowerBound, reach.upperBound)
        return ReachedDates(from: first, to: last == Self.unending ? nil : last)
    }

    /// The last date of a recurrence without an end.
    private static let unending = CivilDate(iso: "9999-12-31")

    var listedDates: Int { exdates.count + rdates.count }
}
