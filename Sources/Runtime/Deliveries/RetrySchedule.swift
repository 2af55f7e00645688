public import Scheduling

/// When a failed attempt is repeated: each wait is about twice the last, up to an hour, until the time is up.
public struct RetrySchedule: Sendable {
    /// The first wait.
    public let baseSeconds: Int64
    public let maxSeconds: Int64
    /// How long after its event a delivery is given up, if it has been tried often enough.
    public let giveUpSeconds: Int64
    /// A server that was down for days retries for hours, not once.
    public static let minAttempts = 12

    public init(baseSeconds: Int64 = 5, maxSeconds: Int64 = 3_600, giveUpSeconds: Int64 = 48 * 3_600) {
        self.baseSeconds = baseSeconds
        self.maxSeconds = maxSeconds
        self.giveUpSeconds = giveUpSeconds
    }

    /// Whether a delivery is given up rather than retried at an instant.
    public func isOver(after attempt: Int, next: Instant, giveUpAt: Instant) -> Bool {
        next > giveUpAt && attempt >= Self.minAttempts
    }

    /// The wait after the n-th attempt (1 is the first) in microseconds, with up to a fifth more or less, so that joint
    /// failures do not return jointly. The delivery's id is the seed: the same delivery waits the same.
    public func wait(after attempt: Int, of id: ID) -> Int64 {
        let doublings = Int64(min(max(attempt, 1) - 1, 30))
        let (product, isOver) = baseSeconds.multipliedReportingOverflow(by: 1 << doublings)
        let microseconds = (isOver ? maxSeconds : min(product, maxSeconds)) * 1_000_000
        var hash = id.low &+ UInt64(truncatingIfNeeded: attempt) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
        let share = Int64((hash ^ (hash >> 31)) % 4_001) - 2_000
        return microseconds + microseconds / 10_000 * share
    }
}
