import AlmanacRuntime
import Scheduling

/// Decides which of a channel's claimed deliveries may be attempted now. Pure; ``DeliveryLane`` drives it.
///
///     claimed ──enqueue──► waiting ──next──► running ──finished──► gone
struct LaneState<Entry: Sendable>: Sendable {
    struct Item: Sendable {
        let organization: ID
        let entry: Entry
    }

    private let maxConcurrent: Int
    private let maxPerOrganization: Int
    private let maxPerSecond: Int?
    private(set) var waiting: [Item] = []
    private(set) var running = 0
    private var runningOf: [ID: Int] = [:]
    /// The start times of attempts within the last second.
    private var begun: [Instant] = []

    init(_ capabilities: ChannelCapabilities) {
        maxConcurrent = capabilities.maxConcurrent
        maxPerOrganization = capabilities.maxConcurrentPerOrganization
        maxPerSecond = capabilities.maxPerSecond
    }

    /// Whether there is room for attempts but no delivery to attempt: time to claim more.
    var isHungry: Bool { waiting.isEmpty && running < maxConcurrent }

    mutating func enqueue(_ items: [Item]) { waiting += items }

    /// The next attempt to begin: the first one whose organization has room; nil if none may begin now.
    mutating func next(now: Instant) -> Item? {
        guard running < maxConcurrent else { return nil }
        if let maxPerSecond {
            begun.removeAll { $0 <= now.adding(seconds: -1) }
            guard begun.count < maxPerSecond else { return nil }
        }
        let index = waiting.firstIndex { runningOf[$0.organization, default: 0] < maxPerOrganization }
        guard let index else { return nil }
        let item = waiting.remove(at: index)
        running += 1
        runningOf[item.organization, default: 0] += 1
        if maxPerSecond != nil { begun.append(now) }
        return item
    }

    mutating func finished(_ organization: ID) {
        running -= 1
        guard let count = runningOf[organization] else { return }
        runningOf[organization] = count > 1 ? count - 1 : nil
    }

    /// The deliveries without a begun attempt. The lane gives them back when it closes.
    mutating func abandon() -> [Item] {
        defer { waiting = [] }
        return waiting
    }
}
