import Testing

@testable import Realtime

@Suite struct TokenBucketTests {
    @Test func aBurstIsTakenAndThenTheRate() {
        var bucket = TokenBucket(rate: 2, capacity: 3, now: 1_000)
        #expect((0..<4).map { _ in bucket.take(now: 1_000) } == [true, true, true, false])
        #expect([499_999_999, 500_000_000, 500_000_000].map { bucket.take(now: 1_000 + $0) } == [false, true, false])
    }

    @Test func itNeverHoldsMoreThanABurst() {
        var bucket = TokenBucket(rate: 1_000, capacity: 2, now: 0)
        #expect((0..<3).map { _ in bucket.take(now: 3_600_000_000_000) } == [true, true, false])
    }

    @Test func aClockThatStandsGivesNothing() {
        var bucket = TokenBucket(rate: 1, capacity: 1, now: 10)
        #expect([5, 5].map { bucket.take(now: $0) } == [true, false])
    }
}
