/// How long to wait before the next attempt to connect: twice as long each time, half of it random, so that nodes which
/// lost the same server do not reconnect in step.
package struct Backoff: Sendable, Hashable {
    let initial: UInt64
    package let limit: UInt64
    package private(set) var attempts = 0

    package init(initial: UInt64, limit: UInt64) {
        self.initial = max(1, initial)
        self.limit = max(self.initial, limit)
    }

    package mutating func next(using random: inout some RandomNumberGenerator) -> UInt64 {
        let doublings = min(attempts, initial.leadingZeroBitCount)
        attempts += 1
        let ceiling = min(limit, initial << UInt64(doublings))
        return ceiling / 2 + UInt64.random(in: 0...(ceiling - ceiling / 2), using: &random)
    }

    package mutating func reset() { attempts = 0 }
}
