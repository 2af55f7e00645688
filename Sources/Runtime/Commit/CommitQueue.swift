import Scheduling

/// Which changes wait, and which are being written. Pure; the log drives it.
///
///     waiting ──takeBatch──► in flight ──finish──► gone
///
/// A key is in at most one batch at a time; changes that arrive meanwhile form its next group.
struct CommitQueue<Entry: Sendable>: Sendable {
    struct Item: Sendable {
        let key: ID
        let isAlone: Bool
        let entry: Entry
    }

    enum Enqueued: Equatable { case accepted, overloaded, draining }

    private let limit: Int
    private var waiting: [ID: [Item]] = [:]
    private var ready: [ID] = []
    private var readyHead = 0
    private var inFlight: Set<ID> = []
    private(set) var count = 0
    private(set) var isDraining = false

    init(limit: Int) { self.limit = limit }

    /// Whether nothing waits and nothing is being written.
    var isIdle: Bool { count == 0 && inFlight.isEmpty }

    var hasReady: Bool { readyHead < ready.count }

    mutating func drain() { isDraining = true }

    /// Accepts items of one caller, all or none.
    mutating func enqueue(_ items: [Item]) -> Enqueued {
        if isDraining { return .draining }
        if count + items.count > limit { return .overloaded }
        for item in items {
            if waiting[item.key, default: []].isEmpty, !inFlight.contains(item.key) { ready.append(item.key) }
            waiting[item.key, default: []].append(item)
        }
        count += items.count
        return .accepted
    }

    /// The next batch: up to `max` items, each key's in order. An `isAlone` item is a batch by itself.
    mutating func takeBatch(max: Int) -> [Item] {
        var batch: [Item] = []
        while batch.count < max, readyHead < ready.count {
            let key = ready[readyHead]
            guard var items = waiting[key], let first = items.first else {
                readyHead += 1
                continue
            }
            if first.isAlone, !batch.isEmpty { break }
            let take = first.isAlone ? 1 : Swift.min(items.prefix { !$0.isAlone }.count, max - batch.count)
            batch.append(contentsOf: items.prefix(take))
            items.removeFirst(take)
            waiting[key] = items.isEmpty ? nil : items
            inFlight.insert(key)
            readyHead += 1
            if first.isAlone { break }
        }
        if readyHead > 1_024 || readyHead == ready.count {
            ready.removeFirst(readyHead)
            readyHead = 0
        }
        count -= batch.count
        return batch
    }

    /// A key's group is settled: its next may leave.
    mutating func finish(_ keys: some Sequence<ID>) {
        for key in keys where inFlight.remove(key) != nil && waiting[key] != nil { ready.append(key) }
    }
}
