public import AlmanacRuntime

/// A calendar that keeps compiled days, answers and windows of the feed: the actor that owns it, or a replica.
public struct CacheOwner: Hashable, Sendable {
    let key: CalendarKey
    let isReplica: Bool
}

/// What all calendars of a process keep together.
public typealias CacheBudget = MemoryBudget<CacheOwner>
