/// Counts the free seats of rising starts in one pass.
///
/// A seat is room for one more guest: a slot has n − m of them, where m is the most who are there at any of its moments.
/// Each guest is there for `[a − g, b + g)`, the time and the gap to a neighbour on either side. Under which number the
/// database guards a guest's time says nothing of it.
struct SeatSweep {
    private let capacity: Int
    private let length: Int64
    private var arrivals: [Int64] = []
    private var departures: [Int64] = []
    private var arrived = 0
    private var departed = 0
    /// Made when it first matters who of several is there together.
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

    /// Free seats of a slot at `start`, at least 0; starts must not fall.
    mutating func freeSeats(at start: Instant) -> Int {
        while externalIndex < external.count, external[externalIndex].end <= start { externalIndex += 1 }
        if externalIndex < external.count, external[externalIndex].start < start { return 0 }
        let from = start.microseconds
        let until = from + length
        while arrived < arrivals.count, arrivals[arrived] < until { arrived += 1 }
        while departed < departures.count, departures[departed] <= from { departed += 1 }
        // So many are there at some moment; one alone is the most there is, and enough to fill a single seat.
        let present = arrived - departed
        if present <= 1 { return capacity - present }
        return capacity == 1 ? 0 : max(0, capacity - most(from, until))
    }

    private mutating func most(_ from: Int64, _ until: Int64) -> Int {
        var peaks = self.peaks ?? GuestPeaks(arrivals: arrivals, departures: departures)
        // Only one may have it while it changes, or it would be copied.
        self.peaks = nil
        defer { self.peaks = peaks }
        return peaks.most(from: from, until: until)
    }
}
