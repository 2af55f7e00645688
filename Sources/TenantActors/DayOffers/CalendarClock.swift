import SQL
import AlmanacRuntime
import Scheduling

/// How far a calendar's days have been recorded, and which zone its owner was last told of.
struct CalendarClock: Sendable, Equatable {
    @Exact var timezone: String
    /// Of the zone's file; nil where nobody has looked since clocks are kept.
    var fingerprint: UInt64?
    /// The first local date that has no record yet. It never goes back: after a change of zone a date that was recorded
    /// is not recorded again.
    var nextDate: CivilDate
    /// When that date will have ended.
    var dueAt: Instant

    /// How many days are made up for at most after nobody was there to record them.
    static let maxCatchUp = 31

    init(timezone: String, fingerprint: UInt64?, nextDate: CivilDate, dueAt: Instant) {
        self.timezone = timezone
        self.fingerprint = fingerprint
        self.nextDate = nextDate
        self.dueAt = dueAt
    }

    /// That of a calendar which begins now: its first record is of today.
    init(beginningAt now: Instant, in zone: Zone) {
        let today = zone.day(of: now)
        self.init(
            timezone: zone.id, fingerprint: zone.fingerprint, nextDate: today,
            dueAt: Self.end(of: today, in: zone)
        )
    }

    /// The dates that have ended and have no record, the last ones if there are many.
    func ended(at now: Instant, in zone: Zone) -> ClosedRange<CivilDate>? {
        let last = zone.day(of: now).adding(days: -1)
        guard nextDate <= last else { return nil }
        return max(nextDate, last.adding(days: 1 - Self.maxCatchUp))...last
    }

    /// The clock, put back to today where it is further ahead than any change of zone brings it: somebody recorded days by
    /// a clock that was ahead. What was recorded then of days to come is written over as they end.
    func corrected(at now: Instant, in zone: Zone) -> CalendarClock {
        let today = zone.day(of: now)
        guard nextDate > today.adding(days: Self.mostAhead) else { return self }
        var corrected = self
        corrected.nextDate = today
        corrected.dueAt = Self.end(of: today, in: zone)
        return corrected
    }

    /// How many days the next date may be ahead of today.
    private static let mostAhead = 2

    /// After which time from now no clock is due that is not to be corrected.
    static func latestDue(_ now: Instant) -> Instant { now.adding(days: mostAhead + 3) }

    /// The clock once these dates have been recorded and the zone is this one.
    func advanced(past ended: ClosedRange<CivilDate>?, in zone: Zone) -> CalendarClock {
        var next = self
        if let ended { next.nextDate = max(nextDate, ended.upperBound.adding(days: 1)) }
        if next.timezone.exact != zone.id.exact {
            next.timezone = zone.id
            next.fingerprint = zone.fingerprint
        }
        if next.fingerprint == nil { next.fingerprint = zone.fingerprint }
        next.dueAt = Self.end(of: next.nextDate, in: zone)
        return next
    }

    /// Never, for the calendar's last date: it has no end.
    private static func end(of date: CivilDate, in zone: Zone) -> Instant {
        let next = date.adding(days: 1)
        return next == date ? .distantFuture : zone.firstInstant(of: next)
    }

    static let selection = "SELECT timezone, fingerprint, next_date, due_at FROM calendar_clocks"

    init(row: SQLRow) throws(StoreError) {
        guard let nextDate = CivilDate(iso: try row.text(2)) else {
            throw StoreError(.corrupt, "a calendar's next date is no date")
        }
        self.init(
            timezone: try row.text(0), fingerprint: try row.optional(1, row.integer).map { UInt64(bitPattern: $0) },
            nextDate: nextDate, dueAt: try row.instant(3)
        )
    }
}
