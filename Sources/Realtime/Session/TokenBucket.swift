/// A rate with bursts: each command takes a token, tokens come back in time.
struct TokenBucket {
    let rate: Double
    let capacity: Double
    private var tokens: Double
    private var last: UInt64

    /// - Parameters:
    ///   - rate: tokens a second.
    ///   - now: nanoseconds of a clock that never goes back.
    init(rate: Double, capacity: Int, now: UInt64) {
        self.rate = rate
        self.capacity = Double(capacity)
        tokens = self.capacity
        last = now
    }

    /// Takes a token, if there is one.
    mutating func take(now: UInt64) -> Bool {
        if now > last {
            tokens = min(capacity, tokens + Double(now - last) / 1e9 * rate)
            last = now
        }
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
