import Scheduling

/// What happens when the clock is set back.
enum ClockStep {
    /// After a step of hours nothing is loaded again: three past days are in memory, and answers store the time at
    /// which they were computed.
    private static let tolerated: Int64 = 6 * 3_600

    /// Whether the clock was set back further than memory reaches.
    static func isBack(_ now: Instant, from known: Instant) -> Bool { now < known.adding(seconds: -tolerated) }
}
