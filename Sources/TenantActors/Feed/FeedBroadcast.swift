import NIOCore

/// A message and those it is for.
public struct FeedBroadcast: Sendable {
    enum Content {
        case told(FeedView.Told)
        case snapshot(seq: Int64, FeedSnapshot)
        case end
    }

    let content: Content
    let watchers: [FeedWatcher]

    /// How many it is for.
    var count: Int { watchers.count }

    func deliver() { deliver(0..<watchers.count) }

    /// Delivers to some of them.
    func deliver(_ range: Range<Int>) {
        for watcher in watchers[range] {
            switch content {
            case .told(let message): watcher.tell(message)
            case .snapshot(let seq, let snapshot): watcher.tellAll(seq: seq, snapshot)
            case .end: watcher.end()
            }
        }
    }
}
