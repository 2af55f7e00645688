extension CalendarState {
    /// The slots whose start lies in `asked`. The HTTP answer, the booking check and the feed all use this.
    ///
    /// - Parameter withMarks: whether times that are still being booked count as taken. Without marks the slots depend
    ///   only on the written events and the clock, and are the same on every node.
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
            // Growing would copy a long answer many times.
            slots.reserveCapacity(days.reduce(0) { $0 + $1.count })
            let until = min(latest, range.end.adding(microseconds: -1))
            // Two days for bookings that count on the first and last date, the rest for the gaps around a slot.
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
                if !starts.isEmpty, !isFull(date, now: now, withMarks: withMarks) {
                    for run in starts.runs {
                        var (start, count) = starts.part(of: run, from: earliest, through: until)
                        while count > 0 {
                            let seats = sweep.freeSeats(at: start)
                            if seats > 0 {
                                let end = start.adding(microseconds: length)
                                slots.append(Slot(start: start, end: end, seatsAvailable: seats))
                            }
                            start = start.adding(microseconds: starts.step)
                            count -= 1
                        }
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

    /// Up to three offered starts, those nearest to a refused time.
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

    /// Whether a local date has reached its limit of bookings.
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

    /// Whether the grid has more starts in `asked` than `limit`, bookings ignored. The search caches nothing, and
    /// compiles nothing if the range is too short for so many starts.
    public func offersMore(than limit: Int, in asked: Span, duration: Int, now: Instant) -> Bool {
        let range = Span(max(asked.start, SlotGrid.supported.start), min(asked.end, SlotGrid.supported.end))
        guard rules.isActive, !range.isEmpty else { return false }
        let earliest = max(range.start, rules.earliestStart(now: now))
        let latest = min(rules.latestStart(now: now), range.end.adding(microseconds: -1))
        guard earliest <= latest, mostStarts(from: earliest, through: latest, duration: duration) > limit else {
            return false
        }
        let (first, last) = (rules.zone.day(of: earliest), rules.zone.day(of: latest))
        var count = 0
        for starts in SlotGrid.compile(rules, duration: duration, from: first, through: last) {
            for run in starts.runs { count += starts.part(of: run, from: earliest, through: latest).count }
            if count > limit { return true }
        }
        return false
    }

    /// Estimates how many nanoseconds it takes to compute and write the slots in `asked` without a cached answer.
    public func effort(in asked: Span, duration: Int, now: Instant) -> Int {
        let earliest = max(asked.start, max(SlotGrid.supported.start, rules.earliestStart(now: now)))
        let latest = min(asked.end, min(SlotGrid.supported.end, rules.latestStart(now: now)))
        guard rules.isActive, earliest < latest else { return 0 }
        let (first, last) = (rules.zone.day(of: earliest), rules.zone.day(of: latest))
        return compilingEffort(duration: duration, from: first, through: last)
            + 120 * mostStarts(from: earliest, through: latest, duration: duration)
    }

    /// Estimates how many nanoseconds it takes to compile the dates of a range that are not cached.
    func compilingEffort(duration: Int, from first: CivilDate, through last: CivilDate) -> Int {
        let unknown = grid.unknownDates(duration: duration, from: first, through: last)
        if unknown == 0 { return 0 }
        let perDate = 300 + 12 * rules.openingRules.entries
        // Each compiled range needs the dates around it, and some rules need a year of dates.
        return (unknown + SlotGrid.lookBack + SlotGrid.lookAhead) * perDate + rules.openingRules.recurrences * 4_000
    }

    /// Estimates how many nanoseconds a verdict on one start takes, with all its reasons.
    public var verdictEffort: Int {
        let dates = SlotGrid.lookBack + SlotGrid.lookAhead + 1
        return 2 * dates * (300 + 12 * rules.openingRules.entries) + rules.openingRules.recurrences * 8_000
    }

    /// The most starts in a range: two of one window are a step apart, two of different windows a slot's length.
    private func mostStarts(from earliest: Instant, through latest: Instant, duration: Int) -> Int {
        Int((latest - earliest) / (Int64(min(rules.slotInterval, duration)) * 60_000_000)) + 1
    }

    /// The first grid start after an instant. Searches ranges that double from a week on, because even a short range
    /// costs all its rules.
    mutating func nextStart(after instant: Instant, before end: Instant, duration: Int) -> Instant? {
        var date = rules.zone.day(of: instant)
        let last = rules.zone.day(of: end.adding(microseconds: -1))
        var days = 7
        while true {
            let through = min(last, date.adding(days: days - 1))
            if through < date { return nil }
            for starts in grid.starts(rules, duration: duration, from: date, through: through) {
                if let start = starts.first(after: instant) { return start < end ? start : nil }
            }
            if through == last { return nil }
            date = through.adding(days: 1)
            days *= 2
        }
    }
}
