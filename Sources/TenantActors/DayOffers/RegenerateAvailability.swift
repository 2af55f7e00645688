public import JSON
import AlmanacRuntime
import Scheduling

/// A command: write again what a calendar offers on some dates.
public struct RegenerateAvailability: Sendable {
    let dates: ClosedRange<CivilDate>

    /// Whether the dates are more than a month: then the command waits for a turn (``AlmanacRuntime/WorkGate``).
    public var isHeavy: Bool { dates.upperBound - dates.lowerBound >= 31 }

    /// Reads a request; records every error, and returns nil if there is one.
    public static func read(_ reader: ObjectReader) -> RegenerateAvailability? {
        let from = date("from", reader)
        let to = date("to", reader)
        reader.finish()
        guard let from, let to else { return nil }
        RangeQuery(from: .date(from), to: .date(to)).check(
            in: .utc, from: reader.pointer + "/from", to: reader.pointer + "/to", errors: reader.errors
        )
        return from <= to && reader.errors.isEmpty ? RegenerateAvailability(dates: from...to) : nil
    }

    private static func date(_ key: String, _ reader: ObjectReader) -> CivilDate? {
        guard let date = reader.date(key) else { return nil }
        guard 1970...9998 ~= date.year else {
            reader.fail(key, code: "out_of_range", message: "must be from 1970-01-01 to 9998-12-31")
            return nil
        }
        return date
    }
}
