public import JSON
import AlmanacRuntime
public import Scheduling

/// The slots of a calendar that is not stored.
public struct AvailabilityPreview: Sendable {
    let rules: SchedulingRules
    let busy: [Span]
    let now: Instant?
    let range: RangeQuery
    let zone: Zone
    let isGroupedByDay: Bool

    /// Reads a preview; records every error, and returns nil if there is one.
    public static func read(_ reader: ObjectReader, services: TenantServices) -> AvailabilityPreview? {
        let errors = reader.errors
        let rules = reader.reader("calendar").flatMap { PreviewCalendar.read($0, services) }
        let busy = readBusy(reader, services.zones)
        let now = reader.optionalInstant("now")
        let from = reader.parsed("from", code: "invalid_range", message: boundRule) { RangeBound($0) }
        let to = reader.parsed("to", code: "invalid_range", message: boundRule) { RangeBound($0) }
        let zone = reader.optionalZone("timezone", services.zones)
        let isGrouped = reader.optionalParsed("group_by", code: "invalid_value", message: "must be day") {
            $0.exact == "day" ? true : nil
        }
        reader.finish()
        guard let rules, let from, let to else { return nil }
        let range = RangeQuery(from: from, to: to)
        range.check(in: zone ?? rules.zone, from: "/from", to: "/to", errors: errors)
        guard errors.isEmpty else { return nil }
        return AvailabilityPreview(
            rules: rules, busy: busy, now: now, range: range, zone: zone ?? rules.zone,
            isGroupedByDay: isGrouped ?? false
        )
    }

    private static let boundRule = "must be a date such as 2026-11-02 or an RFC 3339 instant with an offset"

    /// Reads busy times: instants, or civil dates (without the last one) in a zone.
    private static func readBusy(_ reader: ObjectReader, _ zones: ZoneDatabase) -> [Span] {
        (reader.optionalReaders("busy", max: 20_000) ?? []).compactMap { item in
            defer { item.finish() }
            let span: Span
            let endField: String
            if item.contains("start_date") || item.contains("end_date") {
                let start = item.date("start_date")
                let end = item.date("end_date")
                let zone = item.zone("timezone", zones)
                guard let start, let end, let zone else { return nil }
                span = Span(zone.firstInstant(of: start), zone.firstInstant(of: end))
                endField = "end_date"
            } else {
                let start = item.instant("start")
                let end = item.instant("end")
                guard let start, let end else { return nil }
                span = Span(start, end)
                endField = "end"
            }
            if span.end < span.start {
                item.fail(endField, code: "before_start", message: "must not be before its start")
            }
            return span
        }
    }

    /// Whether the answer takes more work than `limit` (``Effort``).
    private func takes(more limit: Int, now: Instant) -> Bool {
        let state = CalendarState(rules: rules)
        let effort = state.effort(in: range.span(in: zone), duration: rules.slotDuration, now: self.now ?? now)
        return effort + 100 * busy.count > limit
    }

    /// The answer at `now`, unless the preview names another time.
    ///
    /// - Parameter limit: the answer is nil if it takes more work than this (``Effort``).
    public func answer(now: Instant, effort limit: Int = .max) throws(CommandError) -> [UInt8]? {
        if takes(more: limit, now: now) { return nil }
        var state = CalendarState(rules: rules, externalBusy: busy)
        let (span, now) = (range.span(in: zone), self.now ?? now)
        try RangeQuery.check(span, of: state, duration: rules.slotDuration, now: now)
        guard let offer = state.offer(in: span, duration: rules.slotDuration, now: now, effort: limit) else {
            return nil
        }
        return JSONWriter.object(reserving: offer.slots.count * 84 + 128) { writer in
            writer.field("timezone", zone.id)
            AvailabilityWriter.write(offer, groupedIn: isGroupedByDay ? zone : nil, to: &writer)
        }
    }
}
