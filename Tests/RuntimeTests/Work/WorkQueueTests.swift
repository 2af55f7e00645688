import TestSupport
import Testing

@testable import AlmanacRuntime

/// Whose turn it is, step by step: a tenant is a letter, a job a number.
@Suite struct WorkQueueTests {
    private static func queue(width: Int = 1, share: Int = 1, waiting: Int = 3, together: Int = 6) -> WorkQueue<
        String, Int
    > {
        WorkQueue(.init(width: width, share: share, waiting: waiting, waitingTogether: together))
    }

    @Test func tenantsTakeTurnsHoweverMuchEachHasWaiting() {
        var queue = Self.queue()
        #expect(queue.enter("a", 1).0 == .run)
        for job in 2...4 { #expect(queue.enter("a", job).0 == .wait) }
        #expect(queue.enter("b", 11).0 == .wait)
        #expect(queue.enter("c", 21).0 == .wait)
        #expect(queue.enter("b", 12).0 == .wait)
        var order: [Int] = []
        var running = "a"
        while true {
            let next: [Int] = queue.leave(running)
            guard let job = next.first else { break }
            #expect(next.count == 1)
            order.append(job)
            running = job > 20 ? "c" : (job > 10 ? "b" : "a")
        }
        #expect(order == [2, 11, 21, 3, 12, 4])
        #expect(queue.running == 0)
        #expect(queue.waiting == 0)
    }

    @Test func aTenantHasItsShareAtMost() {
        var queue = Self.queue(width: 3)
        #expect(queue.enter("a", 1).0 == .run)
        #expect(queue.enter("a", 2).0 == .wait)
        #expect(queue.enter("b", 11).0 == .run)
        // There is room, but not for more of the same.
        #expect(queue.running == 2)
        #expect(queue.leave("b") == [])
        #expect(queue.leave("a") == [2])
    }

    @Test func pastItsLineATenantIsRefusedAndTheOthersAreNot() {
        var queue = Self.queue()
        #expect(queue.enter("a", 1).0 == .run)
        for job in 2...4 { #expect(queue.enter("a", job).0 == .wait) }
        #expect(queue.enter("a", 5).0 == .refused)
        #expect(queue.enter("b", 11).0 == .wait)
        #expect(queue.leave("a") == [2])
    }

    @Test func whenTooManyWaitTheLongestLineIsCut() {
        var queue = Self.queue(together: 4)
        #expect(queue.enter("a", 1).0 == .run)
        for job in 2...4 { #expect(queue.enter("a", job).0 == .wait) }
        #expect(queue.enter("b", 11).0 == .wait)
        let (entrance, displaced) = queue.enter("c", 21)
        #expect(entrance == .wait)
        #expect(displaced == 4)
        // Nobody has two more than whoever comes now: it is refused itself.
        #expect(queue.enter("b", 12).0 == .refused)
        #expect(queue.waiting == 4)
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func noBoundIsPassedAndNobodyWaitsWhoMayRun(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let (width, share) = (Int.random(in: 1...4, using: &random), Int.random(in: 1...2, using: &random))
        var queue = Self.queue(width: width, share: share, waiting: 4, together: 10)
        var running: [Int: String] = [:]
        var waiting: [Int: String] = [:]
        for job in 0..<400 {
            let choice = Int.random(in: 0..<100, using: &random)
            if choice < 55 {
                let tenant = Array("abcde").map(String.init).randomElement(using: &random) ?? "a"
                let (entrance, displaced) = queue.enter(tenant, job)
                if let displaced { waiting[displaced] = nil }
                switch entrance {
                case .run: running[job] = tenant
                case .wait: waiting[job] = tenant
                case .refused: break
                }
            } else if let (job, tenant) = running.randomElement(using: &random) {
                running[job] = nil
                for next in queue.leave(tenant) { running[next] = waiting.removeValue(forKey: next) }
            }
            #expect(queue.running == running.count && queue.waiting == waiting.count)
            #expect(running.count <= width && waiting.count <= 10)
            let of = Dictionary(grouping: running.values, by: { $0 }).mapValues(\.count)
            #expect(of.values.allSatisfy { $0 <= share })
            if running.count < width { #expect(waiting.values.allSatisfy { of[$0, default: 0] == share }) }
        }
    }
}
