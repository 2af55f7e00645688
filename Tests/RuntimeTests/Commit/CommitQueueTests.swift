import TestSupport
import Scheduling
import Testing

@testable import AlmanacRuntime

@Suite struct CommitQueueTests {
    private typealias Queue = CommitQueue<String>
    private let a = ID(high: 0, low: 1)
    private let b = ID(high: 0, low: 2)
    private let c = ID(high: 0, low: 3)

    private func item(_ key: ID, _ entry: String, alone: Bool = false) -> Queue.Item {
        Queue.Item(key: key, isAlone: alone, entry: entry)
    }

    private func take(_ queue: inout Queue, max: Int = 100) -> [String] { queue.takeBatch(max: max).map(\.entry) }

    @Test func aBatchTakesAllThatWaitsEachKeyInOrder() {
        var queue = Queue(limit: 100)
        #expect(queue.enqueue([item(a, "a1"), item(a, "a2")]) == .accepted)
        #expect(queue.enqueue([item(b, "b1")]) == .accepted)
        #expect(queue.enqueue([item(a, "a3")]) == .accepted)
        #expect(take(&queue) == ["a1", "a2", "a3", "b1"])
        #expect(queue.count == 0)
        #expect(!queue.isIdle)
    }

    @Test func whatComesForAKeyInFlightFormsItsNextGroup() {
        var queue = Queue(limit: 100)
        _ = queue.enqueue([item(a, "a1")])
        #expect(take(&queue) == ["a1"])
        _ = queue.enqueue([item(a, "a2"), item(a, "a3")])
        _ = queue.enqueue([item(b, "b1")])
        #expect(take(&queue) == ["b1"])
        #expect(!queue.hasReady)
        queue.finish([a])
        #expect(queue.hasReady)
        #expect(take(&queue) == ["a2", "a3"])
    }

    @Test func aChangeThatWantsToBeAloneIs() {
        var queue = Queue(limit: 100)
        _ = queue.enqueue([item(a, "a1"), item(a, "a2", alone: true), item(a, "a3")])
        _ = queue.enqueue([item(b, "b1", alone: true)])
        _ = queue.enqueue([item(c, "c1")])
        #expect(take(&queue) == ["a1"])
        #expect(take(&queue) == ["b1"])
        #expect(take(&queue) == ["c1"])
        queue.finish([a, b, c])
        #expect(take(&queue) == ["a2"])
        queue.finish([a])
        #expect(take(&queue) == ["a3"])
    }

    @Test func aBatchIsNeverLargerThanItsBoundAndNothingIsLostByIt() {
        var queue = Queue(limit: 100)
        _ = queue.enqueue((1...5).map { item(a, "a\($0)") })
        _ = queue.enqueue([item(b, "b1")])
        #expect(take(&queue, max: 3) == ["a1", "a2", "a3"])
        #expect(take(&queue, max: 3) == ["b1"])
        queue.finish([a, b])
        #expect(take(&queue, max: 3) == ["a4", "a5"])
        queue.finish([a])
        #expect(queue.isIdle)
    }

    @Test func pastTheLimitACallerIsRefusedWhole() {
        var queue = Queue(limit: 3)
        #expect(queue.enqueue([item(a, "a1"), item(a, "a2")]) == .accepted)
        #expect(queue.enqueue([item(b, "b1"), item(b, "b2")]) == .overloaded)
        #expect(queue.count == 2)
        #expect(queue.enqueue([item(c, "c1")]) == .accepted)
        // What is being written waits no longer.
        #expect(take(&queue) == ["a1", "a2", "c1"])
        #expect(queue.enqueue([item(b, "b1"), item(b, "b2")]) == .accepted)
    }

    @Test func aDrainingQueueTakesNothingOnAndGivesOutWhatItHas() {
        var queue = Queue(limit: 100)
        _ = queue.enqueue([item(a, "a1")])
        queue.drain()
        #expect(queue.enqueue([item(a, "a2")]) == .draining)
        #expect(!queue.isIdle)
        #expect(take(&queue) == ["a1"])
        queue.finish([a])
        #expect(queue.isIdle)
    }

    @Test func finishingAKeyTwiceOrOneNeverTakenChangesNothing() {
        var queue = Queue(limit: 100)
        _ = queue.enqueue([item(a, "a1")])
        _ = take(&queue)
        _ = queue.enqueue([item(a, "a2")])
        queue.finish([a, a, b])
        #expect(take(&queue) == ["a2"])
        #expect(take(&queue) == [])
    }

    /// Against a plain model: order per key, one group per key, everything exactly once.
    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func randomSequencesKeepOrderAndLoseNothing(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var queue = Queue(limit: 1_000_000)
        var sent: [ID: [String]] = [:]
        var got: [ID: [String]] = [:]
        var inFlight: [[ID]] = []
        for step in 0..<4_000 {
            if Int.random(in: 0..<3, using: &random) > 0 {
                let key = ID(high: 0, low: UInt64.random(in: 0..<7, using: &random))
                let alone = Int.random(in: 0..<8, using: &random) == 0
                _ = queue.enqueue([item(key, "\(step)", alone: alone)])
                sent[key, default: []].append("\(step)")
            } else if Bool.random(using: &random) {
                let batch = queue.takeBatch(max: Int.random(in: 1...6, using: &random))
                let keys = Set(batch.map(\.key))
                #expect(keys.isDisjoint(with: inFlight.joined()), "seed \(seed): a key is in two batches")
                #expect(batch.count == 1 || !batch.contains(where: \.isAlone), "seed \(seed)")
                for item in batch { got[item.key, default: []].append(item.entry) }
                if !keys.isEmpty { inFlight.append(Array(keys)) }
            } else if !inFlight.isEmpty {
                queue.finish(inFlight.remove(at: Int.random(in: inFlight.indices, using: &random)))
            }
        }
        while !queue.isIdle {
            for keys in inFlight { queue.finish(keys) }
            let batch = queue.takeBatch(max: 6)
            for item in batch { got[item.key, default: []].append(item.entry) }
            inFlight = [Array(Set(batch.map(\.key)))]
        }
        #expect(sent == got, "seed \(seed)")
    }
}
