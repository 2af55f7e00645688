import Scheduling

/// The slots of a range, or, without slots, the next start after it.
struct AvailabilityOffer {
    let slots: [Slot]
    /// Nil if there are slots.
    let next: NextStart?
    /// The first instant at which the clock alone may change it.
    let validUntil: Instant?
    /// The time in which a change of the calendar may affect the offer.
    let reach: Span
}

extension CalendarState {
    /// Nil if finding the next start takes more work than `limit` (``Effort``).
    mutating func offer(in span: Span, duration: Int, now: Instant, effort limit: Int) -> AvailabilityOffer? {
        let availability = availability(in: span, duration: duration, now: now)
        guard availability.slots.isEmpty else {
            return AvailabilityOffer(
                slots: availability.slots, next: nil, validUntil: availability.validUntil, reach: span
            )
        }
        guard let next = nextStart(from: span.end, duration: duration, now: now, effort: limit) else { return nil }
        return AvailabilityOffer(
            slots: [], next: next,
            validUntil: [availability.validUntil, next.validUntil].compactMap(\.self).min(),
            reach: Span(span.start, next.start?.adding(minutes: duration) ?? .distantFuture)
        )
    }
}
