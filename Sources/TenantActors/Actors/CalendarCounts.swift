import Synchronization

/// What calendars count, for the metrics. All of it only grows.
public final class CalendarCounts: Sendable {
    private let hits = Atomic<Int>(0)
    private let compiled = Atomic<Int>(0)
    private let kept = Atomic<Int>(0)
    private let computed = Atomic<Int>(0)
    private let recorded = Atomic<Int>(0)
    private let reread = Atomic<Int>(0)

    public init() {}

    /// Days of grid that were found as they had been compiled.
    public var dayHits: Int { hits.load(ordering: .relaxed) }
    /// Days of grid that were compiled.
    public var daysCompiled: Int { compiled.load(ordering: .relaxed) }
    /// Availability that was answered with bytes that were there.
    public var answersKept: Int { kept.load(ordering: .relaxed) }
    /// Availability that was computed.
    public var answersComputed: Int { computed.load(ordering: .relaxed) }
    /// Days whose offer was recorded as they ended.
    public var daysRecorded: Int { recorded.load(ordering: .relaxed) }
    /// Calendars whose hours were read in a changed zone.
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
