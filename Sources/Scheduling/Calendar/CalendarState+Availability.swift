extension CalendarState {
    /// The slots whose start lies in `asked`: what the HTTP answer, the booking check and the feed all go by.
    ///
    /// - Parameter withMarks: whether times that are still being booked count as taken. Without them the slots are a
    ///   function of the written events and the clock, the same on every node.
    public mutating func availability(
        in asked: Span, duration: Int, now: Instant, withMarks: Bool = true
    ) -> Availability {
        let range = Span(max(asked.start, SlotGrid.supported.start), min(asked.end, SlotGrid.supported.end))
        guard rules.isActive, !range.isEmpty else { return Availability(slots: [], validUntil: nil) }
        let earliest = max(range.start, rules.earliestStart(now: now))
        let latest = rules.latestStart(now: now)
        let length = Int64(duration) * 60_000_000
        var validUntil: Instant?
        func consider(_ instant: Instant) { validUntil = validUntil.map { min($0, instant) } ?? instant }

        var slots: [Slot] = []
        if earliest < range.end, earliest <= latest {
            let first = rules.zone.day(of: earliest)
            let last = rules.zone.day(of: min(latest, range.end.adding(microseconds: -1)))
            let days = grid.starts(rules, duration: duration, from: first, through: last)
            // Growing would copy a long answer many times over.
            slots.reserveCapacity(days.reduce(0) { $0 + $1.count })
            // Two days for what counts on the first and the last date, the rest for what is too near to a slot.
            let margin = length + Int64(rules.buffers.betweenAppointments + 2 * 1_440) * 60_000_000
            let reach = Span(
                earliest.adding(microseconds: -margin), min(latest, range.end).adding(microseconds: margin)
            )
            let live = occupancy.entries(around: reach).lazy.filter { $0.isLive(now, withMarks: withMarks) }
            for entry in live where entry.kind == .hold {
                if let expiresAt = entry.expiresAt, !entry.isInFlight || !withMarks { consider(expiresAt) }
            }
            var sweep = SeatSweep(
                entries: live, external: externalBusy, length: length, buffers: rules.buffers, capacity: rules.capacity
            )
            var date = first
            for starts in days {
                if !isFull(date, now: now, withMarks: withMarks) {
                    for start in starts where start >= earliest && start < range.end && start <= latest {
                        let seats = sweep.freeSeats(at: start)
                        guard seats > 0 else { continue }
                        let end = start.adding(microseconds: length)
                        slots.append(Slot(start: start, end: end, seatsAvailable: seats))
                    }
                }
                date = date.adding(days: 1)
            }
        }
        if let first = slots.first {
            // A slot is offered while now ≤ start − notice.
            consider(first.start.adding(minutes: -rules.minNotice).adding(microseconds: 1))
        }
        if let horizonDays = rules.horizonDays, latest < range.end,
            let next = nextStart(
                after: max(latest, range.start.adding(microseconds: -1)), before: range.end,
                duration: duration)
        {
            consider(next.adding(days: -horizonDays))
        }
        return Availability(slots: slots, validUntil: validUntil)
    }

    /// The up to three offered starts nearest to a time that was refused.
    mutating func alternatives(to start: Instant, duration: Int, now: Instant) -> [Span] {
        for reach in [1, 7, 31] {
            let range = Span(start.adding(days: -reach), start.adding(days: reach))
            let slots = availability(in: range, duration: duration, now: now).slots
            if slots.count >= 3 || (reach == 31 && !slots.isEmpty) {
                func distance(_ slot: Slot) -> UInt64 { (slot.start - start).magnitude }
                let nearest = slots.sorted { (distance($0), $0.start) < (distance($1), $1.start) }.prefix(3)
                return nearest.sorted { $0.start < $1.start }.map { Span($0.start, $0.end) }
            }
        }
        return []
    }

    /// Whether a local date has all the bookings it may have.
    func isFull(_ date: CivilDate, now: Instant, withMarks: Bool = true) -> Bool {
        guard let limit = rules.maxBookingsPerDay else { return false }
        return bookings(on: date, now: now, withMarks: withMarks) >= limit
    }

    /// Live holds and appointments that start on a local date.
    func bookings(on date: CivilDate, now: Instant, withMarks: Bool = true) -> Int {
        let day = Span(rules.zone.firstInstant(of: date), rules.zone.firstInstant(of: date.adding(days: 1)))
        let low = occupancy.firstIndex(startingFrom: day.start)
        let high = occupancy.firstIndex(startingFrom: day.end)
        return low < high ? occupancy.entries[low..<high].count { $0.isLive(now, withMarks: withMarks) } : 0
    }

    /// The first grid start after an instant, looked for a week at a time.
    private mutating func nextStart(after instant: Instant, before end: Instant, duration: Int) -> Instant? {
        var date = rules.zone.day(of: instant)
        let last = rules.zone.day(of: end.adding(microseconds: -1))
        while true {
            let through = min(last, date.adding(days: 6))
            if through < date { return nil }
            for starts in grid.starts(rules, duration: duration, from: date, through: through) {
                for start in starts where start > instant { return start < end ? start : nil }
            }
            if through == last { return nil }
            date = through.adding(days: 1)
        }
    }
}
