public import JSON
import AlmanacRuntime
import NIOCore
public import Scheduling

/// One end of a range: a whole date, or an instant.
public enum RangeBound: Sendable, Hashable {
    case date(CivilDate)
    case instant(Instant)

    /// A date or an RFC 3339 instant with an offset.
    public init?(_ text: String) {
        if let date = CivilDate(iso: text) {
            self = .date(date)
        } else if let instant = Instant(rfc3339: text) {
            self = .instant(instant)
        } else {
            return nil
        }
    }
}

/// A range in a query: dates of a zone (including the last), or instants (without the last).
public struct RangeQuery: Sendable, Hashable {
    public var from: RangeBound
    public var to: RangeBound

    /// The longest range, in days.
    public static let maxDays = 366

    /// How many slots one answer may have: twice a year of five-minute steps, day and night.
    public static let maxSlots = 250_000

    /// Throws if a range contains more starts than an answer may have. The check comes before any computing, so it also
    /// counts starts that are booked.
    static func check(
        _ span: Span, of state: CalendarState, duration: Int, now: Instant
    ) throws(CommandError) {
        guard state.offersMore(than: maxSlots, in: span, duration: duration, now: now) else { return }
        let error = FieldError(
            pointer: "/to", code: "too_many_slots", message: "must leave at most \(maxSlots) slots"
        )
        throw .invalid(ValidationError(errors: [error]))
    }

    public init(from: RangeBound, to: RangeBound) {
        self.from = from
        self.to = to
    }

    /// The span of the range in a zone.
    public func span(in zone: Zone) -> Span {
        let start =
            switch from {
            case .date(let date): zone.firstInstant(of: date)
            case .instant(let instant): instant
            }
        let end =
            switch to {
            case .date(let date): zone.firstInstant(of: date.adding(days: 1))
            case .instant(let instant): instant
            }
        return Span(start, end)
    }

    /// Adds an error if the end lies before the start, or if the range is too long.
    public func check(in zone: Zone, from fromPointer: String, to toPointer: String, errors: FieldErrors) {
        if isInverted(in: zone) {
            errors.add(toPointer, code: "before_start", message: "must not be before from")
        } else if tooLong(span(in: zone)) {
            errors.add(toPointer, code: "range_too_long", message: "must be at most \(Self.maxDays) days after from")
        }
    }

    /// Whether the end lies before the start. For dates, the second must not be earlier than the first.
    public func isInverted(in zone: Zone) -> Bool {
        if case (.date(let from), .date(let to)) = (from, to) { return to < from }
        let span = span(in: zone)
        return span.end < span.start
    }

    private func tooLong(_ span: Span) -> Bool {
        if case (.date(let from), .date(let to)) = (from, to) { return to - from >= Self.maxDays }
        return span.end - span.start > Int64(Self.maxDays) * 86_400_000_000
    }
}
