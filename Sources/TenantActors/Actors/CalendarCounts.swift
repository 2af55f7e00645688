import Synchronization

/// The counters of all calendars, for the metrics. They only grow.
public final class CalendarCounts: Sendable {
    private let hits = Atomic<Int>(0)
    private let compiled = Atomic<Int>(0)
    private let kept = Atomic<Int>(0)
    private let computed = Atomic<Int>(0)
    private let recorded = Atomic<Int>(0)
    private let reread = Atomic<Int>(0)

    public init() {}

    /// Requests for a compiled day that found it in the cache.
    public var dayHits: Int { hits.load(ordering: .relaxed) }
    /// Days of grid that were compiled.
    public var daysCompiled: Int { compiled.load(ordering: .relaxed) }
    /// Availability queries that were answered with stored bytes.
    public var answersKept: Int { kept.load(ordering: .relaxed) }
    /// Availability queries that were computed.
    public var answersComputed: Int { computed.load(ordering: .relaxed) }
    /// Days that were recorded at their end.
    public var daysRecorded: Int { recorded.load(ordering: .relaxed) }
    /// Calendars that computed their hours again after their zone's file changed.
    public var zonesReread: Int { reread.load(ordering: .relaxed) }

    func days(hits: Int, compiled: Int) {
        if hits > 0 { self.hits.add(hits, ordering: .relaxed) }
        if compiled > 0 { self.compiled.add(compiled, ordering: .relaxed) }
    }

    func answer(isKept: Bool) {
        if isKept { kept.add(1, ordering: .relaxed) } else { computed.add(1, ordering: .relaxed) }
    }

    func daysRecorded(_ count: Int) { recorded.add(count, ordering: .relaxed) }

    func zoneReread() { reread.add(1, ordering: .relaxed) }
}
