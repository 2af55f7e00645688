import Scheduling

/// What a step of the clock to the past means for what was made before it.
enum ClockStep {
    /// Steps of hours need no loading anew: three days of the past are in memory, and answers know when they were made.
    private static let tolerated: Int64 = 6 * 3_600

    /// Whether the clock was set back farther than memory reaches.
    static func isBack(_ now: Instant, from known: Instant) -> Bool { now < known.adding(seconds: -tolerated) }
}
