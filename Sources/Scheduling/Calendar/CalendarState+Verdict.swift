/// The engine's answer about one start.
public struct Verdict: Sendable {
    /// The number under which the database would guard a booking's time; nil if anything refuses.
    public let seat: Int?
    /// The reasons against it, in the order of the opening rules.
    public let reasons: [Reason]
}

extension CalendarState {
    /// Checks one start against every opening rule, in the order of ``ReasonCode``.
    public mutating func verdict(
        start: Instant, duration: Int, overriding: Set<ReasonCode> = [], now: Instant
    ) -> Verdict {
        let span = Span(start, start.adding(minutes: duration))
        var reasons: [Reason] = []
        if !rules.isActive { reasons.append(Reason(.inactive, "The calendar is not active.")) }
        // At the ends of the calendar nothing is open, and no override changes that.
        let isSupported = SlotGrid.supported.covers(span)
        let ended = Reason(.closed, "The calendar has no such time.")
        reasons += isSupported ? openingRuleReasons(span, duration: duration) : [ended]
        if start < rules.earliestStart(now: now) {
            reasons.append(
                Reason(
                    .notice,
                    start < now
                        ? "This time has passed." : "Bookings close \(rules.minNotice) minutes before the start.",
                    span: Span(.distantPast, rules.earliestStart(now: now))
                )
            )
        }
        if start > rules.latestStart(now: now), let days = rules.horizonDays {
            reasons.append(
                Reason(
                    .horizon, "Bookings open \(days) days before the start.",
                    span: Span(rules.latestStart(now: now), .distantFuture)
                )
            )
        }
        let date = rules.zone.day(of: start)
        if isFull(date, now: now), let limit = rules.maxBookingsPerDay {
            reasons.append(
                Reason(
                    .dailyLimit, "The day has its \(limit) bookings.",
                    span: Span(rules.zone.firstInstant(of: date), rules.zone.firstInstant(of: date.adding(days: 1)))
                )
            )
        }
        let seat = freeSeat(span, now: now, reasons: &reasons)
        let standing = reasons.filter { !overriding.contains($0.code) || (!isSupported && $0 == ended) }
        return Verdict(seat: standing.isEmpty ? seat : nil, reasons: standing)
    }

    /// The reasons closed, break and blackout for the span, each separately, because overriding one leaves the others
    /// in effect. The grid lies in the time that they leave, so off_grid applies only if none of them refuses.
    private mutating func openingRuleReasons(_ span: Span, duration: Int) -> [Reason] {
        let date = rules.zone.day(of: span.start)
        if let starts = grid.starts(rules, duration: duration, from: date, through: date).first,
            starts.holds(span.start)
        {
            return []
        }
        let open = SlotGrid.openTime(rules, from: date, through: date)
        var reasons: [Reason] = []
        let window = SpanAlgebra.index(in: open.hours, containing: span.start).map { open.hours[$0] }
        if window?.covers(span) != true {
            reasons.append(
                Reason(
                    .closed, "The calendar is closed for all or part of this time.", span: gap(span, in: open.hours),
                    sourceID: closingID(span, in: open.hours)
                )
            )
        }
        if let pause = open.breaks.first(where: { $0.overlaps(span) }) {
            reasons.append(
                Reason(.pause, "A break lies in this time.", span: pause, sourceID: pauseID(span, around: date))
            )
        }
        if let blackout = open.blackouts.first(where: { $0.overlaps(span) }) {
            let day = rules.zone.day(of: max(blackout.start, span.start))
            reasons.append(
                Reason(
                    .blackout, "The date is blacked out.", span: blackout,
                    sourceID: rules.openingRules.blackouts.first { $0.contains(day) }?.id
                )
            )
        }
        guard reasons.isEmpty else { return reasons }
        let free = SpanAlgebra.index(in: open.windows, containing: span.start).map { open.windows[$0] }
        return [Reason(.offGrid, "No slot of this length starts at this time.", span: free)]
    }

    /// The first break in the list that overlaps the span; it may have begun the day before.
    private func pauseID(_ span: Span, around date: CivilDate) -> ID? {
        let (first, last) = (date.adding(days: -2), date.adding(days: 2))
        return rules.openingRules.breaks.first { pause in
            pause.dates(from: first, through: last, in: rules.zone).contains {
                pause.interval.span(on: $0, in: rules.zone).overlaps(span)
            }
        }?.id
    }

    /// The rule that closes the first closed instant of the span: an `unavailable` one if the calendar would be open
    /// without those, else the fixed date. Nil if no rule opens that instant.
    private func closingID(_ span: Span, in hours: [Span]) -> ID? {
        let closed = SpanAlgebra.index(in: hours, containing: span.start).map { hours[$0].end } ?? span.start
        let date = rules.zone.day(of: closed)
        let (first, last) = (date.adding(days: -2), date.adding(days: 2))
        var openingRules = rules.openingRules
        openingRules.recurring.removeAll { $0.effect == .unavailable }
        let without = OpenTime(openingRules, zone: rules.zone, from: first, through: last)
        guard SpanAlgebra.index(in: without.hours, containing: closed) != nil else {
            return rules.openingRules.fixedDates[date]?.id
        }
        return rules.openingRules.recurring.first { rule in
            rule.effect == .unavailable
                && rule.recurrence.dates(from: first, through: last, in: rules.zone).contains {
                    openingRules.fixedDates[$0] == nil && rule.interval.span(on: $0, in: rules.zone).contains(closed)
                }
        }?.id
    }

    /// The closed time that overlaps the span.
    private func gap(_ span: Span, in hours: [Span]) -> Span {
        let start = hours.last { $0.start <= span.start }?.end ?? span.start
        let end = hours.first { $0.start > start }?.start ?? span.end
        return Span(start, max(start, end))
    }

    /// The number under which the database will guard the span: the lowest number free in it. Nil if there is no room;
    /// then the reasons are added.
    private func freeSeat(_ span: Span, now: Instant, reasons: inout [Reason]) -> Int? {
        let gap = Int64(rules.buffers.betweenAppointments) * 60_000_000
        let padded = Span(span.start.adding(microseconds: -gap), span.end.adding(microseconds: gap))
        let near = occupancy.entries(around: padded).filter { $0.isLive(now) && $0.span.overlaps(padded) }
        let before = Int64(rules.buffers.afterExternal) * 60_000_000
        let after = Int64(rules.buffers.beforeExternal) * 60_000_000
        let outer = Span(span.start.adding(microseconds: -before), span.end.adding(microseconds: after))
        let external = externalBusy.filter { $0.overlaps(outer) }

        let direct = near.filter { $0.span.overlaps(span) }
        if external.isEmpty, hasRoom(in: span, beside: near, buffers: rules.buffers) {
            let taken = Set(direct.map(\.seat))
            return (0...taken.count).first { !taken.contains($0) }
        }
        let asked = reasons.count
        // An entry with another seat than 0 dates from when there were more seats.
        let booked = rules.capacity == 1 ? direct.first { $0.seat == 0 && $0.kind == .appointment } : nil
        let held = rules.capacity == 1 ? direct.first { $0.seat == 0 && $0.kind == .hold } : nil
        if let booked {
            reasons.append(Reason(.booked, "The time is booked.", span: booked.span, sourceID: booked.owner))
        }
        if let held {
            reasons.append(Reason(.held, "The time is held by another booking under way.", span: held.span))
        }
        if let busy = external.first(where: { $0.overlaps(span) }) {
            reasons.append(Reason(.externalBusy, "A synced calendar is busy at this time.", span: busy))
        }
        let isShared = rules.capacity > 1 || (booked == nil && direct.contains { $0.seat > 0 })
        if isShared, !hasRoom(in: span, beside: direct, buffers: .init()) {
            let seats = rules.capacity == 1 ? "The only seat is taken." : "All \(rules.capacity) seats are taken."
            reasons.append(Reason(.full, seats, span: span))
        }
        // The time itself is free, but too close to a neighbour.
        if reasons.count == asked {
            let neighbour = near.first?.span ?? external.first
            reasons.append(Reason(.buffer, "Too little time is left to a neighbouring booking.", span: neighbour))
        }
        return nil
    }

    /// Whether there is a seat for one more guest at every moment of the span.
    private func hasRoom(
        in span: Span, beside entries: [Occupancy.Entry], buffers: SchedulingRules.Buffers
    ) -> Bool {
        var sweep = SeatSweep(
            entries: entries, external: [], length: span.end - span.start, buffers: buffers, capacity: rules.capacity
        )
        return sweep.freeSeats(at: span.start) > 0
    }
}
