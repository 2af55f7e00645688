import SQL
import Connecting
import Synchronization

extension PostgresPool {
    /// Listens to a channel (PostgreSQL manual, LISTEN) while the stream is retained.
    ///
    /// The first element is a ``PostgresNotification/gap``, once the channel is heard; another follows whenever
    /// something may have been missed. So a consumer reads its tables at each gap, and otherwise trusts the payloads.
    ///
    /// - Parameters:
    ///   - channel: a name of 1 to 63 bytes, as NOTIFY spells it: names outside quotes are in lower case.
    ///   - limit: how many payloads may wait for a slow consumer; beyond that there is a gap.
    public func listen(
        _ channel: String, limit: Int = 1_024
    ) throws(PostgresError) -> AsyncStream<PostgresNotification> {
        guard (1...63).contains(channel.utf8.count), !channel.utf8.contains(0) else {
            throw PostgresError(.statement, "a channel's name has 1 to 63 bytes")
        }
        guard core.configuration.hasListener else { throw PostgresError(.statement, "the pool has no listener") }
        let subscription = try Subscription(core, channel, limit: limit)
        return AsyncStream(unfolding: { await subscription.queue.next() }, onCancel: { subscription.queue.finish() })
    }
}

/// Ends with the stream that retains it.
private final class Subscription: Sendable {
    let queue: NotificationQueue
    private let core: PoolCore
    private let channel: String
    private let id: UInt64

    init(_ core: PoolCore, _ channel: String, limit: Int) throws(PostgresError) {
        let queue = NotificationQueue(limit: limit)
        self.queue = queue
        self.core = core
        self.channel = channel
        let added: (id: UInt64, isHeard: Bool, wake: Bool)? = core.shared.withLock { shared in
            if shared.pool.isClosing { return nil }
            let (id, isHeard) = shared.listen.add(queue, to: channel)
            return (id, isHeard, shared.pool.tell())
        }
        guard let added else { throw PostgresError(.closed) }
        id = added.id
        if added.isHeard { queue.gap() }
        if added.wake { core.wakeUp.wake() }
    }

    deinit {
        core.change { shared in
            shared.listen.remove(id, from: channel)
            return shared.pool.tell()
        }
    }
}
