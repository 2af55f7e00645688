public import AlmanacRuntime

/// A calendar that caches compiled days, answers and windows of the feed: its owner's actor, or a replica.
public struct CacheOwner: Hashable, Sendable {
    let key: CalendarKey
    let isReplica: Bool
}

/// The budget for the caches of all calendars of a process.
public typealias CacheBudget = MemoryBudget<CacheOwner>
