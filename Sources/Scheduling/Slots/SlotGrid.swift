/// The starts that open time offers, before anything is booked: one list for each local date.
///
/// Starts step from each window's start in elapsed time. In a window that has been open for more than seven days (a
/// calendar that never closes), the grid restarts at each local midnight, so that a date's slots do not depend on how
/// far back a query looks.
struct SlotGrid: Sendable {
    private struct Key: Hashable {
        var duration: Int
        var date: CivilDate
    }

    /// Time outside has no slots, because its context would run off the ends of the calendar.
    static let supported = Span(Instant.distantPast.adding(days: 30), Instant.distantFuture.adding(days: -30))
    /// Days of context that can reach into a date: the longest chain that still steps from its own start, and one
    /// window.
    static let lookBack = 9
    static let lookAhead = 2
    /// For this many dates, including its first, a window's grid steps from its start.
    static let steppedDays = 8
    /// With more cached days the cache starts over; this bounds a calendar's memory.
    private static let maxCachedDays = 1_200

    /// The same limit for runs of starts: a date with many windows has many.
    private static let maxCachedRuns = 16_384

    private var cache: [Key: DayStarts] = [:]
    private var cachedRuns = 0
    /// How many days were compiled since the grid was made: an invalidation's cost, seen by tests.
    private(set) var compiledDays = 0
    /// How many queried days had been compiled before.
    private(set) var hits = 0

    /// About how many bytes the cached days take.
    var bytes: Int {
        cache.capacity * (MemoryLayout<Key>.stride + MemoryLayout<DayStarts>.stride + 1)
            + cache.count * 32 + cachedRuns * MemoryLayout<DayStarts.Run>.stride
    }

    /// How many of these dates would have to be compiled.
    func unknownDates(duration: Int, from: CivilDate, through: CivilDate) -> Int {
        guard from <= through else { return 0 }
        if cache.isEmpty { return through - from + 1 }
        return (0...(through - from)).count { cache[Key(duration: duration, date: from.adding(days: $0))] == nil }
    }

    /// From the first to the last date that is cached; nil if none is.
    var knownDates: ClosedRange<CivilDate>? {
        guard var range = cache.first.map({ $0.key.date...$0.key.date }) else { return nil }
        for key in cache.keys where !range.contains(key.date) {
            range = min(range.lowerBound, key.date)...max(range.upperBound, key.date)
        }
        return range
    }

    /// Starts of the dates in order, both included.
    mutating func starts(
        _ rules: SchedulingRules, duration: Int, from: CivilDate, through: CivilDate
    ) -> [DayStarts] {
        guard from <= through else { return [] }
        // Counted, not stepped: the last date of the calendar has no next one.
        let count = through - from + 1
        func key(_ offset: Int) -> Key { Key(duration: duration, date: from.adding(days: offset)) }
        if cache.count + count > Self.maxCachedDays || cachedRuns > Self.maxCachedRuns { invalidate() }
        var result: [DayStarts] = []
        result.reserveCapacity(count)
        var offset = 0
        while offset < count {
            if let known = cache[key(offset)] {
                result.append(known)
                hits += 1
                offset += 1
                continue
            }
            var end = offset + 1
            while end < count, cache[key(end)] == nil { end += 1 }
            let days = Self.compile(
                rules, duration: duration, from: from.adding(days: offset), through: from.adding(days: end - 1)
            )
            // Days that alone exceed the limit are compiled each time.
            if days.reduce(0, { $0 + $1.runs.count }) <= Self.maxCachedRuns {
                for (index, starts) in days.enumerated() {
                    cache[key(offset + index)] = starts
                    cachedRuns += starts.runs.count
                }
            }
            compiledDays += days.count
            result.append(contentsOf: days)
            offset = end
        }
        return result
    }

    /// Forgets everything: the rules changed.
    mutating func invalidate() {
        cache = [:]
        cachedRuns = 0
    }

    /// Forgets the days that a change of rules affects.
    mutating func invalidate(_ changed: ChangedDates) {
        switch changed {
        case .none: return
        case .everything: invalidate()
        case .dates(let ranges):
            for (key, starts) in cache where ranges.contains(where: { $0.contains(key.date) }) {
                cache[key] = nil
                cachedRuns -= starts.runs.count
            }
        }
    }

    static func openTime(_ rules: SchedulingRules, from: CivilDate, through: CivilDate) -> OpenTime {
        OpenTime(
            rules.openingRules, zone: rules.zone,
            from: from.adding(days: -lookBack), through: through.adding(days: lookAhead)
        )
    }

    /// The starts of some dates, without the cache.
    static func compile(
        _ rules: SchedulingRules, duration: Int, from: CivilDate, through: CivilDate
    ) -> [DayStarts] {
        let windows = openTime(rules, from: from, through: through).windows
        let midnights = (0...(through - from + 1)).map { rules.zone.firstInstant(of: from.adding(days: $0)) }
        return starts(rules, duration: duration, windows: windows, from: from, midnights: midnights)
    }

    /// The starts in windows that were compiled from a given date on.
    ///
    /// - Parameter midnights: the first instant of each of the dates and of the one after the last.
    static func starts(
        _ rules: SchedulingRules, duration: Int, windows: [Span], from: CivilDate, midnights: [Instant]
    ) -> [DayStarts] {
        let zone = rules.zone
        let through = from.adding(days: midnights.count - 2)
        let length = Int64(duration) * 60_000_000
        let step = Int64(rules.slotInterval) * 60_000_000
        var days = [DayStarts](repeating: DayStarts(step: step), count: midnights.count - 1)
        var day = 0

        /// Appends the starts of one run of the grid: from `origin` in steps, before `until`, each slot within the
        /// window.
        func append(from origin: Instant, until: Instant, window: Span) {
            var start = origin
            let low = midnights[0]
            if start < low { start = start.adding(microseconds: (low - start + step - 1) / step * step) }
            let fits = window.end.adding(microseconds: 1 - length)
            let limit = min(until, min(midnights[midnights.count - 1], fits))
            while start < limit {
                while start >= midnights[day + 1] { day += 1 }
                let count = (min(limit, midnights[day + 1]) - start + step - 1) / step
                days[day].append(DayStarts.Run(first: start, count: Int(count)))
                start = start.adding(microseconds: count * step)
            }
        }

        for window in windows where window.end > midnights[0] && window.start < midnights[midnights.count - 1] {
            // Most windows end long before the eighth date, even with clock changes.
            if window.end - window.start < 5 * 86_400_000_000 {
                append(from: window.start, until: window.end, window: window)
                continue
            }
            var restart = zone.day(of: window.start).adding(days: steppedDays)
            var restartInstant = zone.firstInstant(of: restart)
            append(from: window.start, until: min(window.end, restartInstant), window: window)
            while restartInstant < window.end, restart <= through {
                let following = restart.adding(days: 1)
                // For a date that the zone skipped, this is also the instant at which the next date begins.
                let next = zone.firstInstant(of: following)
                append(from: restartInstant, until: min(window.end, next), window: window)
                if following == restart { break }
                restart = following
                restartInstant = next
            }
        }
        return days
    }
}

extension Zone {
    /// The date whose first instant is the latest at or before the instant.
    ///
    /// The same as `date(at:)`, except if a clock set back across midnight repeats a date.
    public func day(of instant: Instant) -> CivilDate {
        var date = date(at: instant)
        while instant < firstInstant(of: date), date.adding(days: -1) < date { date = date.adding(days: -1) }
        while instant >= firstInstant(of: date.adding(days: 1)), date < date.adding(days: 1) {
            date = date.adding(days: 1)
        }
        return date
    }
}
