import SQL
import AlmanacRuntime
import Scheduling

/// How far a calendar's days have been recorded, and with which zone its hours were last computed.
struct CalendarClock: Sendable, Equatable {
    @Exact var timezone: String
    /// The fingerprint of the zone's file; nil for a clock that no server has checked yet.
    var fingerprint: UInt64?
    /// The first local date that has no record yet. It never goes back: after a change of zone, a date that was
    /// recorded is not recorded again.
    var nextDate: CivilDate
    /// When that date ends.
    var dueAt: Instant

    /// How many past days are recorded at most, after a time in which no server ran.
    static let maxCatchUp = 31

    init(timezone: String, fingerprint: UInt64?, nextDate: CivilDate, dueAt: Instant) {
        self.timezone = timezone
        self.fingerprint = fingerprint
        self.nextDate = nextDate
        self.dueAt = dueAt
    }

    /// The clock of a new calendar: its first record is that of today.
    init(beginningAt now: Instant, in zone: Zone) {
        let today = zone.day(of: now)
        self.init(
            timezone: zone.id, fingerprint: zone.fingerprint, nextDate: today,
            dueAt: Self.end(of: today, in: zone)
        )
    }

    /// The dates that have ended and have no record: the last ones, if there are many.
    func ended(at now: Instant, in zone: Zone) -> ClosedRange<CivilDate>? {
        let last = zone.day(of: now).adding(days: -1)
        guard nextDate <= last else { return nil }
        return max(nextDate, last.adding(days: 1 - Self.maxCatchUp))...last
    }

    /// The clock, set back to today if it is further ahead than a change of zone can explain: then days were recorded
    /// while the server's clock was ahead. Those records are replaced when their days end.
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

    /// No correct clock is due after this time.
    static func latestDue(_ now: Instant) -> Instant { now.adding(days: mostAhead + 3) }

    /// The clock after these dates have been recorded, with this zone.
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

    /// The calendar's last date never ends.
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
