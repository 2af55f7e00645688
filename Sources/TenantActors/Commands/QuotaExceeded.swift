public import Scheduling

/// A limit that is reached, and when there may be room again.
public struct QuotaExceeded: Sendable {
    /// Stable and snake_case.
    public let code: String
    public let detail: String
    /// At least one.
    public let retryAfterSeconds: Int64

    public init(code: String, detail: String, until: Instant?, now: Instant) {
        self.code = code
        self.detail = detail
        let microseconds = until.map { $0 - now } ?? 0
        retryAfterSeconds = max(1, (microseconds + 999_999) / 1_000_000)
    }
}
