import AlmanacRuntime
public import ServiceLifecycle
import Synchronization

/// Delivers beside the calendars: however many watch one, its bookings do not wait for them.
public final class FeedDistributor: FeedFanOut, Service {
    private struct Queue {
        var waiting: [FeedBroadcast] = []
        var head = 0

        var count: Int { waiting.count - head }

        mutating func take() -> FeedBroadcast? {
            guard head < waiting.count else { return nil }
            let broadcast = waiting[head]
            head += 1
            if head == waiting.count || head > 1_024 {
                waiting.removeFirst(head)
                head = 0
            }
            return broadcast
        }
    }

    /// How many watchers are told before others may have the thread.
    private static let stretch = 128

    private let limit: Int
    private let queue = Mutex(Queue())
    private let signal = Signal()

    /// - Parameter limit: the most messages that wait.
    public init(limit: Int = 8_192) { self.limit = limit }

    /// How many messages wait to be delivered.
    public var waiting: Int { queue.withLock { $0.count } }

    public func send(_ broadcast: FeedBroadcast) -> Bool {
        let isTaken = queue.withLock { queue in
            guard queue.count < limit else { return false }
            queue.waiting.append(broadcast)
            return true
        }
        if isTaken { signal.fire() }
        return isTaken
    }

    public func sendLast(_ broadcast: FeedBroadcast) {
        queue.withLock { $0.waiting.append(broadcast) }
        signal.fire()
    }

    /// Delivers until told to stop.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                while let broadcast = self.queue.withLock({ $0.take() }) { await self.deliver(broadcast) }
                await self.signal.wait()
            }
        }
    }

    private func deliver(_ broadcast: FeedBroadcast) async {
        var start = 0
        while start < broadcast.count {
            let end = min(start + Self.stretch, broadcast.count)
            broadcast.deliver(start..<end)
            start = end
            if start < broadcast.count { await Task.yield() }
        }
    }
}
