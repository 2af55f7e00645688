/// Counts the free seats of ascending starts in one pass.
///
/// A seat is room for one more guest. A slot has n − m seats, where m is the most guests at any of its moments. A guest
/// takes `[a − g, b + g)`, the time and the gap to a neighbour on either side. The number under which the database
/// guards a guest's time does not matter here.
struct SeatSweep {
    private let capacity: Int
    private let length: Int64
    private var arrivals: [Int64] = []
    private var departures: [Int64] = []
    private var arrived = 0
    private var departed = 0
    /// Created when several guests first overlap a slot.
    private var peaks: GuestPeaks?
    private let external: [Span]
    private var externalIndex = 0

    /// - Parameters:
    ///   - entries: live entries in order of start.
    ///   - external: a normal list; takes every seat.
    ///   - length: a slot's length in microseconds, at least 1.
    init(
        entries: some Sequence<Occupancy.Entry>, external: [Span], length: Int64, buffers: SchedulingRules.Buffers,
        capacity: Int
    ) {
        self.capacity = capacity
        self.length = length
        let gap = Int64(buffers.betweenAppointments) * 60_000_000
        var isSorted = true
        var last = Int64.min
        for entry in entries where !entry.span.isEmpty {
            arrivals.append(entry.span.start.microseconds - gap)
            let end = entry.span.end.microseconds + gap
            departures.append(end)
            if end < last { isSorted = false }
            last = end
        }
        if !isSorted { departures.sort() }
        let before = Int64(buffers.afterExternal) * 60_000_000
        let after = Int64(buffers.beforeExternal) * 60_000_000
        self.external = external.map {
            Span($0.start.adding(microseconds: -(length + after)), $0.end.adding(microseconds: before))
        }
    }

    /// Free seats of a slot at `start`, at least 0; starts must not decrease.
    mutating func freeSeats(at start: Instant) -> Int {
        while externalIndex < external.count, external[externalIndex].end <= start { externalIndex += 1 }
        if externalIndex < external.count, external[externalIndex].start < start { return 0 }
        let from = start.microseconds
        let until = from + length
        while arrived < arrivals.count, arrivals[arrived] < until { arrived += 1 }
        while departed < departures.count, departures[departed] <= from { departed += 1 }
        // How many guests overlap the slot, maybe not at once. A lone guest is the peak; any guest fills a single seat.
        let present = arrived - departed
        if present <= 1 { return capacity - present }
        return capacity == 1 ? 0 : max(0, capacity - most(from, until))
    }

    /// After a start that was found taken: none before this is free, for guests come, but none leaves.
    func takenUntil(after start: Instant) -> Instant {
        if externalIndex < external.count, external[externalIndex].start < start { return external[externalIndex].end }
        return departed < departures.count ? Instant(microseconds: departures[departed]) : start
    }

    private mutating func most(_ from: Int64, _ until: Int64) -> Int {
        var peaks = self.peaks ?? GuestPeaks(arrivals: arrivals, departures: departures)
        // Held uniquely while it changes, or it would be copied.
        self.peaks = nil
        defer { self.peaks = peaks }
        return peaks.most(from: from, until: until)
    }
}
