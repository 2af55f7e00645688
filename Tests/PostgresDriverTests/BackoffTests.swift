import TestSupport
@testable import Connecting
import Testing

@Suite struct BackoffTests {
    @Test(arguments: [UInt64(1), 2, 3]) func pausesDoubleUpToTheLimitAndAreHalfChance(seed: UInt64) {
        var backoff = Backoff(initial: 100, limit: 1_000)
        var random = SplitMix(seed: seed)
        for ceiling: UInt64 in [100, 200, 400, 800, 1_000, 1_000] {
            #expect((ceiling / 2...ceiling).contains(backoff.next(using: &random)))
        }
        backoff.reset()
        #expect((50...100).contains(backoff.next(using: &random)))
    }

    @Test func twoNodesDoNotComeBackInStep() {
        var (left, right) = (Backoff(initial: 1 << 20, limit: 1 << 40), Backoff(initial: 1 << 20, limit: 1 << 40))
        var (one, two) = (SplitMix(seed: 1), SplitMix(seed: 2))
        #expect((0..<8).map { _ in left.next(using: &one) } != (0..<8).map { _ in right.next(using: &two) })
    }

    @Test func theExtremesDoNotTrap() {
        var random = SplitMix(seed: 4)
        for (initial, limit) in [(UInt64(0), UInt64(0)), (1, .max), (.max, 1), (.max, .max)] {
            var backoff = Backoff(initial: initial, limit: limit)
            for _ in 0..<200 { #expect(backoff.next(using: &random) <= max(initial, limit, 1)) }
        }
    }
}
