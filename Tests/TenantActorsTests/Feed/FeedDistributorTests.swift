import NIOCore
import Synchronization
import Testing

@testable import TenantActors

@Suite struct FeedDistributorTests {
    @Test func eachWatcherIsToldAllInOrder() async throws {
        let distributor = FeedDistributor()
        let sinks = (0..<300).map { _ in TestSink() }
        let watchers = sinks.map { FeedWatcher($0, includesAppointments: true, seq: 0) }
        let last = WaitingSink(after: 50)
        let all = watchers + [FeedWatcher(last, includesAppointments: true, seq: 0)]
        for seq in 1...50 as ClosedRange<Int64> { #expect(distributor.send(.told(seq, all))) }
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await distributor.run() }
            await last.wait()
            group.cancelAll()
        }
        let wanted = (1...50).map { "slots \($0 - 1)→\($0)" }
        for sink in sinks { #expect(sink.take() == wanted) }
    }

    @Test func noMoreWaitsThanMayButTheEndIsAlwaysTold() {
        let distributor = FeedDistributor(limit: 3)
        let watcher = FeedWatcher(TestSink(), includesAppointments: true, seq: 0)
        #expect((1...5).map { distributor.send(.told($0, [watcher])) } == [true, true, true, false, false])
        distributor.sendLast(FeedBroadcast(message: .ended, watchers: [watcher]))
        #expect(distributor.waiting == 4)
    }

    @Test func whoCannotBeToldIsSentToAskAgain() throws {
        var calendar = FeedFixture(fanOut: FullFanOut())
        let (id, sink) = try calendar.subscribe()
        #expect(sink.take() == ["snapshot 40 +112"])
        try calendar.book("2026-11-04T10:00:00Z")
        #expect(sink.take() == ["ended"])
        try calendar.book("2026-11-04T11:00:00Z")
        #expect(sink.take() == [])
        calendar.feed.unsubscribe(id)
        // What it missed is known when it comes back.
        let (_, again) = try calendar.subscribe(FeedFixture.query(after: 41))
        #expect(again.take() == ["appointment 41 booked", "slots 41→42 -11:00", "appointment 42 booked"])
    }
}

/// Takes only what it must.
private struct FullFanOut: FeedFanOut {
    func send(_ broadcast: FeedBroadcast) -> Bool { false }
    func sendLast(_ broadcast: FeedBroadcast) { broadcast.deliver() }
}

extension FeedBroadcast {
    fileprivate static func told(_ seq: Int64, _ watchers: [FeedWatcher]) -> FeedBroadcast {
        FeedBroadcast(message: FeedMessage(.slots, seq: seq, tail: ByteBuffer(string: "}")), watchers: watchers)
    }
}

/// Waits for a number of messages.
private final class WaitingSink: FeedSink {
    private let left: Mutex<(count: Int, waiter: CheckedContinuation<Void, Never>?)>

    init(after count: Int) { left = Mutex((count, nil)) }

    func receive(_ message: FeedMessage) {
        let waiter = left.withLock { left -> CheckedContinuation<Void, Never>? in
            left.count -= 1
            return left.count == 0 ? left.waiter.take() : nil
        }
        waiter?.resume()
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOver = left.withLock { left -> Bool in
                if left.count <= 0 { return true }
                left.waiter = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
    }
}
