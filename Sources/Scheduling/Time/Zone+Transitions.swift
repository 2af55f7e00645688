extension Zone {
    /// The first instant later than `instant` at which the offset changes; nil if there is none up to the year 9999.
    public func nextTransition(after instant: Instant) -> Instant? {
        timeline.firstChange(after: instant.secondsFloor).map(Instant.init(seconds:))
    }

    /// The earliest instant whose local date is `date`.
    ///
    /// Differs from ``startOfDay(_:)`` only where a gap begins before midnight and ends after it: on 1919-03-31
    /// Toronto went from 23:30 to 00:30, where the day began, while 00:00 is read as 01:00.
    /// For a date which a zone left out (Apia had no 2011-12-30) it is the first instant of a later date.
    public func firstInstant(of date: CivilDate) -> Instant {
        let dayStart = Int64(date.dayNumber) * 86_400
        let dayEnd = dayStart + 86_400
        // Offsets lie between −25 and +26 hours. Pieces of constant offset are tried in order, from a time which
        // is surely before the day, to one which is surely after it.
        var pieceStart = dayStart - 27 * 3_600
        var firstLater: Int64?
        while pieceStart < dayEnd + 26 * 3_600 {
            let offset = Int64(timeline.offset(utc: pieceStart))
            let pieceEnd = timeline.firstChange(after: pieceStart)
            let candidate = max(pieceStart, dayStart - offset)
            if candidate < pieceEnd ?? .max {
                if candidate + offset < dayEnd { return Instant(seconds: candidate) }
                firstLater = firstLater ?? candidate
            }
            guard let pieceEnd else { break }
            pieceStart = pieceEnd
        }
        return firstLater.map(Instant.init(seconds:)) ?? startOfDay(date)
    }
}
