import TestSupport
@testable import RedisDriver
import Testing

@Suite struct FlightQueueTests {
    @Test(arguments: [UInt64(1), 2, 3]) func itIsAQueue(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var queue = FlightQueue<Int>()
        var model: [Int] = []
        var next = 0
        for round in 0..<20 {
            // Fills and empties by turns, past the sizes at which it tidies up.
            for _ in 0..<Int.random(in: 0...2_000, using: &random) {
                if Int.random(in: 0..<3, using: &random) < (round.isMultiple(of: 2) ? 2 : 1) {
                    queue.append(next)
                    model.append(next)
                    next += 1
                } else {
                    #expect(queue.popFirst() == (model.isEmpty ? nil : model.removeFirst()))
                }
                #expect(queue.count == model.count && queue.first == model.first)
            }
        }
        #expect(queue.takeAll() == model)
        #expect(queue.isEmpty && queue.popFirst() == nil)
    }
}
