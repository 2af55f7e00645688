/// A message and those it is for.
public struct FeedBroadcast: Sendable {
    let message: FeedMessage
    let watchers: [FeedWatcher]

    /// How many it is for.
    var count: Int { watchers.count }

    func deliver() { deliver(0..<watchers.count) }

    /// Delivers to some of them.
    func deliver(_ range: Range<Int>) {
        for watcher in watchers[range] { watcher.tell(message) }
    }
}

/// Takes messages from calendars to their watchers, in the order in which each calendar sent them.
public protocol FeedFanOut: Sendable {
    /// Takes a message on. False if it cannot: the calendar then has its watchers ask again.
    func send(_ broadcast: FeedBroadcast) -> Bool

    /// Takes a last message on, however much waits: there is at most one for each watcher.
    func sendLast(_ broadcast: FeedBroadcast)
}

/// Delivers in the calendar's own step: for tests and simulations, where few watch.
public struct ImmediateFanOut: FeedFanOut {
    public init() {}

    public func send(_ broadcast: FeedBroadcast) -> Bool {
        broadcast.deliver()
        return true
    }

    public func sendLast(_ broadcast: FeedBroadcast) { broadcast.deliver() }
}
