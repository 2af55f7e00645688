@testable import PostgresDriver
import Testing

@Suite struct NotificationQueueTests {
    @Test func payloadsComeInOrder() async {
        let queue = NotificationQueue(limit: 4)
        for payload in ["a", "b", "c"] { queue.deliver(payload) }
        for payload in ["a", "b", "c"] { #expect(await queue.next() == .payload(payload)) }
    }

    @Test func whatDoesNotFitBecomesAGapBehindWhatDoes() async {
        let queue = NotificationQueue(limit: 2)
        for payload in ["a", "b", "c", "d"] { queue.deliver(payload) }
        #expect(await queue.next() == .payload("a"))
        // There is room again, but the gap is before it.
        queue.deliver("e")
        #expect(await queue.next() == .payload("b"))
        #expect(await queue.next() == .gap)
        queue.deliver("f")
        #expect(await queue.next() == .payload("f"))
    }

    @Test func gapsAreOne() async {
        let queue = NotificationQueue(limit: 2)
        queue.gap()
        queue.gap()
        #expect(await queue.next() == .gap)
        queue.deliver("a")
        #expect(await queue.next() == .payload("a"))
    }

    @Test func aWaiterIsWokenByAPayloadAGapAndTheEnd() async {
        let queue = NotificationQueue(limit: 2)
        await withTaskGroup(of: [PostgresNotification?].self) { group in
            group.addTask {
                var heard: [PostgresNotification?] = []
                repeat { heard.append(await queue.next()) } while heard.last != .some(nil)
                return heard
            }
            queue.deliver("a")
            queue.gap()
            queue.finish()
            for await heard in group { #expect(heard == [.payload("a"), .gap, nil]) }
        }
    }

    @Test func aCancelledListenerHearsTheEnd() async {
        let queue = NotificationQueue(limit: 2)
        await withTaskGroup(of: PostgresNotification?.self) { group in
            group.addTask { await queue.next() }
            group.cancelAll()
            for await heard in group { #expect(heard == nil) }
        }
    }
}
