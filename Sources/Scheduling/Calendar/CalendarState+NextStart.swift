/// What is offered first from some instant on.
public struct NextStart: Sendable, Equatable {
    /// Nil if nothing is offered within the horizon.
    public let start: Instant?
    /// The first instant at which the clock alone may change it; nil if it never does.
    public let validUntil: Instant?
}

extension CalendarState {
    /// The longest stretch of dates that is compiled at once.
    private static let longestStretch = 366
    /// How far is looked where no horizon is to be kept: as far as one may be.
    private static let longestHorizon = 3_650
    /// How far past the horizon is looked for what it will reach first.
    private static let daysAhead = 31

    /// The first start that is offered at or after an instant.
    ///
    /// It is looked for in stretches that double from a week on. What is taken is passed over as a whole.
    public mutating func nextStart(from: Instant, duration: Int, now: Instant) -> NextStart {
        nextStart(from: from, duration: duration, now: now, effort: .max) ?? NextStart(start: nil, validUntil: nil)
    }

    /// The same, but nil where to find it takes about more than `limit` nanoseconds.
    public mutating func nextStart(from: Instant, duration: Int, now: Instant, effort limit: Int) -> NextStart? {
        guard rules.isActive, from < SlotGrid.supported.end else { return NextStart(start: nil, validUntil: nil) }
        let low = max(from, SlotGrid.supported.start)
        let earliest = max(low, rules.earliestStart(now: now))
        let horizon = rules.horizonDays.map { now.adding(days: $0) } ?? earliest.adding(days: Self.longestHorizon)
        let latest = min(horizon, SlotGrid.supported.end.adding(microseconds: -1))
        var validUntil: Instant?
        func consider(_ instant: Instant) { validUntil = validUntil.map { min($0, instant) } ?? instant }

        if earliest <= latest {
            var search = search(from: earliest, through: latest, duration: duration, now: now)
            for end in search.holdEnds { consider(end) }
            var (date, days, spent) = (rules.zone.day(of: earliest), 7, 0)
            let last = rules.zone.day(of: latest)
            while date <= last {
                let through = min(last, date.adding(days: days - 1))
                spent += compilingEffort(duration: duration, from: date, through: through)
                if spent > limit { return nil }
                for starts in grid.starts(rules, duration: duration, from: date, through: through) {
                    if !starts.isEmpty, !isFull(date, now: now), let start = search.first(of: starts) {
                        // A slot is offered while now ≤ start − notice.
                        consider(start.adding(minutes: -rules.minNotice).adding(microseconds: 1))
                        return NextStart(start: start, validUntil: validUntil)
                    }
                    date = date.adding(days: 1)
                }
                if through == last { break }
                days = min(2 * days, Self.longestStretch)
            }
        }
        if let horizonDays = rules.horizonDays {
            // What the horizon reaches next; if that is far off, one looks again then.
            let beyond = max(latest, low.adding(microseconds: -1))
            let end = min(beyond.adding(days: Self.daysAhead), SlotGrid.supported.end)
            let next = beyond < end ? nextStart(after: beyond, before: end, duration: duration) : nil
            if next != nil || end < SlotGrid.supported.end { consider((next ?? end).adding(days: -horizonDays)) }
        }
        return NextStart(start: nil, validUntil: validUntil)
    }

    /// Goes through rising starts for the first that has a free seat.
    private struct Search {
        let earliest: Instant
        let latest: Instant
        /// When holds end that may take a start.
        let holdEnds: [Instant]
        var sweep: SeatSweep

        mutating func first(of starts: DayStarts) -> Instant? {
            for run in starts.runs {
                var (start, count) = starts.part(of: run, from: earliest, through: latest)
                while count > 0 {
                    if sweep.freeSeats(at: start) > 0 { return start }
                    let steps = max(1, (sweep.takenUntil(after: start) - start + starts.step - 1) / starts.step)
                    start = start.adding(microseconds: steps * starts.step)
                    count -= Int(min(steps, Int64(count)))
                }
            }
            return nil
        }
    }

    private func search(from earliest: Instant, through latest: Instant, duration: Int, now: Instant) -> Search {
        let length = Int64(duration) * 60_000_000
        // As in an answer: two days for what counts on a date, the rest for what is too near to a slot.
        let margin = length + Int64(rules.buffers.betweenAppointments + 2 * 1_440) * 60_000_000
        let reach = Span(earliest.adding(microseconds: -margin), latest.adding(microseconds: margin))
        let live = occupancy.entries(around: reach).lazy.filter { $0.isLive(now) }
        return Search(
            earliest: earliest, latest: latest,
            holdEnds: live.filter { $0.kind == .hold && !$0.isInFlight }.compactMap(\.expiresAt),
            sweep: SeatSweep(
                entries: live, external: externalBusy, length: length, buffers: rules.buffers, capacity: rules.capacity
            )
        )
    }
}
