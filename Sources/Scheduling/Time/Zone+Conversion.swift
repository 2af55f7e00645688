extension Zone {
    /// Seconds east of UTC at an instant.
    public func offset(at instant: Instant) -> Int {
        timeline.offset(utc: instant.secondsFloor)
    }

    /// The instant at which the wall clock shows `minute` minutes after `date`'s 00:00 (RFC 5545 §3.3.5).
    ///
    /// A time that a change of offset skips is read with the offset before the gap (02:30 → 03:30); one that is
    /// repeated means the first.
    ///
    /// - Parameter minute: of the wall clock, not elapsed; 1440 and more mean the following days.
    public func instant(_ date: CivilDate, minute: Int) -> Instant {
        // Far more than the years 0001…9999 have: later times saturate in any case.
        let minute = min(max(minute, -1 << 40), 1 << 40)
        let wall = Int64(date.dayNumber) * 86_400 + Int64(minute) * 60
        return Instant(seconds: wall - Int64(timeline.offset(wall: wall)))
    }

    /// `date`'s 00:00 under the rule of ``instant(_:minute:)``.
    ///
    /// Where the clock skips midnight (Beirut: 00:00 → 01:00) this is the first instant of the day, as 00:00 is
    /// read with the offset before the gap. It is not where a gap begins before midnight, see
    /// ``firstInstant(of:)``. Where 00:00 is repeated it is the first; in between the clock may show the day before
    /// once more (from 00:01 back to 23:01, as St. John's did).
    public func startOfDay(_ date: CivilDate) -> Instant {
        instant(date, minute: 0)
    }

    /// The local date and the seconds since its 00:00 on the wall clock; saturates at 0001-01-01 and 9999-12-31.
    public func civil(at instant: Instant) -> (date: CivilDate, secondOfDay: Int) {
        let seconds = instant.secondsFloor
        let local = Int(seconds) + timeline.offset(utc: seconds)
        let (quotient, remainder) = local.quotientAndRemainder(dividingBy: 86_400)
        return remainder < 0
            ? (CivilDate(dayNumber: quotient - 1), remainder + 86_400)
            : (CivilDate(dayNumber: quotient), remainder)
    }

    /// The local date at an instant.
    public func date(at instant: Instant) -> CivilDate {
        civil(at: instant).date
    }
}
