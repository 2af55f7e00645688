import Synchronization

/// How many bytes of reproducible data all owners may keep together, and who gives back first when they exceed that.
///
/// It frees no memory itself. Owners report what they keep; ``excess()`` names the least recently used ones, and its
/// caller makes them give back.
public final class MemoryBudget<Key: Sendable>: Sendable {
    /// What an owner keeps, in bytes.
    public struct Held: Sendable, Hashable {
        public var days = 0
        public var answers = 0
        /// The reproducible part of watched windows, and windows that nobody watches.
        public var windows = 0
        /// What cannot be given back while somebody watches.
        public var watched = 0

        public init(days: Int = 0, answers: Int = 0, windows: Int = 0, watched: Int = 0) {
            self.days = days
            self.answers = answers
            self.windows = windows
            self.watched = watched
        }

        public var total: Int { days + answers + windows + watched }
        var reclaimable: Int { days + answers + windows }

        fileprivate mutating func replace(_ old: Held, by new: Held) {
            days += new.days - old.days
            answers += new.answers - old.answers
            windows += new.windows - old.windows
            watched += new.watched - old.watched
        }
    }

    /// An owner's place. It ends with the last reference to it.
    public final class Account: Sendable {
        private let budget: MemoryBudget
        private let slot: Int

        fileprivate init(_ budget: MemoryBudget, slot: Int) {
            self.budget = budget
            self.slot = slot
        }

        deinit { budget.close(slot) }

        /// What the owner keeps now. It counts as used.
        public func set(_ held: Held) { budget.set(slot, held) }

        /// The owner was used, and keeps the same.
        public func touch() { budget.touch(slot) }
    }

    private struct State {
        var keys: [Key?] = []
        var held: [Held] = []
        var vacant: [Int] = []
        var recency = RecencyList()
        var used = Held()
    }

    /// The most bytes for all owners.
    public let limit: Int
    /// What owners have handed out and do not keep any more, until it is sent. It has the same limit.
    public let handedOut: ByteRoom
    private let state = Mutex(State())
    private let total = Atomic<Int>(0)
    private let evicted = Atomic<Int>(0)
    private let evictedBytes = Atomic<Int>(0)

    public init(limit: Int) {
        self.limit = limit
        handedOut = ByteRoom(limit: limit)
    }

    public func open(_ key: Key) -> Account {
        let slot = state.withLock { state -> Int in
            if let slot = state.vacant.popLast() {
                state.keys[slot] = key
                return slot
            }
            state.keys.append(key)
            state.held.append(Held())
            return state.keys.count - 1
        }
        return Account(self, slot: slot)
    }

    /// The bytes of all owners.
    public var used: Held { state.withLock { $0.used } }

    /// How often owners gave back, and how many bytes. Both only grow.
    public var evictions: Int { evicted.load(ordering: .relaxed) }
    public var bytesEvicted: Int { evictedBytes.load(ordering: .relaxed) }

    /// Whether the owners exceed the limit.
    public var isOver: Bool { total.load(ordering: .relaxed) > limit }

    /// Whether watchers may keep this many more bytes, which are not given back for others.
    public func hasRoom(toWatch bytes: Int) -> Bool { state.withLock { $0.used.watched + bytes <= limit } }

    /// The owners that must give back so that an eighth of the budget is free, least recently used first; none within
    /// the limit. Each counts as used, so that one that cannot give back is not named again at once.
    public func excess(atMost most: Int = 64) -> [Key] {
        guard isOver else { return [] }
        return state.withLock { state in
            var surplus = state.used.total - limit / 8 * 7
            var slots: [Int] = []
            var next = state.recency.first
            while surplus > 0, slots.count < most, let slot = next {
                next = state.recency.next(after: slot)
                guard state.held[slot].reclaimable > 0 else { continue }
                surplus -= state.held[slot].reclaimable
                slots.append(slot)
            }
            for slot in slots {
                state.recency.remove(slot)
                state.recency.append(slot, at: 0)
            }
            evicted.add(slots.count, ordering: .relaxed)
            evictedBytes.add(slots.reduce(0) { $0 + state.held[$1].reclaimable }, ordering: .relaxed)
            return slots.compactMap { state.keys[$0] }
        }
    }

    private func set(_ slot: Int, _ held: Held) {
        state.withLock { state in
            state.used.replace(state.held[slot], by: held)
            state.held[slot] = held
            state.recency.remove(slot)
            if held.total > 0 { state.recency.append(slot, at: 0) }
            total.store(state.used.total, ordering: .relaxed)
        }
    }

    private func touch(_ slot: Int) {
        state.withLock { state in
            guard state.recency.contains(slot) else { return }
            state.recency.remove(slot)
            state.recency.append(slot, at: 0)
        }
    }

    private func close(_ slot: Int) {
        set(slot, Held())
        state.withLock { state in
            state.keys[slot] = nil
            state.vacant.append(slot)
        }
    }
}
