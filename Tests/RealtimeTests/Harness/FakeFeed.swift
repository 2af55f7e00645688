import NIOCore
import Synchronization

@testable import Realtime
@testable import TenantActors

/// A calendar's feed that a test speaks for.
final class FakeFeed: FeedSource {
    /// One subscription, as the feed sees it.
    final class Subscription: FeedSubscription {
        let query: FeedQuery
        let sink: any FeedSink
        private let feed: FakeFeed
        private let ended = Mutex<(isCancelled: Bool, waiter: CheckedContinuation<Void, Never>?)>((false, nil))

        init(query: FeedQuery, sink: any FeedSink, feed: FakeFeed) {
            self.query = query
            self.sink = sink
            self.feed = feed
        }

        var isCancelled: Bool { ended.withLock { $0.isCancelled } }

        func resynchronize() async throws(CommandError) {
            guard !isCancelled else { throw .retired }
            sink.receive(feed.snapshot())
        }

        func cancel() async {
            let waiter = ended.withLock { ended in
                ended.isCancelled = true
                return ended.waiter.take()
            }
            waiter?.resume()
        }

        /// Waits until the subscription is given back.
        func cancellation() async {
            await withCheckedContinuation { continuation in
                let isCancelled = ended.withLock { ended in
                    if !ended.isCancelled { ended.waiter = continuation }
                    return ended.isCancelled
                }
                if isCancelled { continuation.resume() }
            }
        }
    }

    private struct State {
        var seq: Int64 = 41
        var places: [Subscription] = []
        /// How many of them have been told the state of things.
        var told = 0
        /// What the next subscriptions are refused with.
        var errors: [CommandError] = []
        var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    /// All subscriptions there ever were.
    var places: [Subscription] { state.withLock { $0.places } }

    func refuse(with errors: CommandError...) { state.withLock { $0.errors += errors } }

    fileprivate func snapshot() -> FeedMessage {
        FeedMessage(.snapshot, seq: state.withLock { $0.seq }, tail: ByteBuffer(string: #","slots":[]}"#))
    }

    func subscribe(
        _ query: FeedQuery, for principal: Principal, to sink: any FeedSink
    ) async throws(CommandError) -> any FeedSubscription {
        let error = state.withLock { $0.errors.isEmpty ? nil : $0.errors.removeFirst() }
        if let error { throw error }
        let subscription = Subscription(query: query, sink: sink, feed: self)
        // In this order: who has read the snapshot is there for what is published next.
        state.withLock { $0.places.append(subscription) }
        sink.receive(snapshot())
        let woken = state.withLock { state in
            state.told += 1
            let count = state.told
            let woken = state.waiters.filter { $0.count <= count }
            state.waiters.removeAll { $0.count <= count }
            return woken
        }
        for waiter in woken { waiter.continuation.resume() }
        return subscription
    }

    /// Waits until there were so many subscriptions.
    func subscription(_ number: Int) async -> Subscription {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.told >= number { return true }
                state.waiters.append((number, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
        return places[number - 1]
    }

    /// Tells all that are there of a change, `tail` being the rest of the message.
    func publish(_ tail: String = #","added":[],"removed":[]}"#) {
        let (seq, places) = state.withLock { state in
            state.seq += 1
            return (state.seq, state.places)
        }
        let tail = ByteBuffer(string: tail)
        for one in places where !one.isCancelled {
            one.sink.receive(FeedMessage(.slots, seq: seq, previous: seq - 1, tail: tail))
        }
    }
}
