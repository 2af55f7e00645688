/// Counts the free seats of rising starts in one pass.
///
/// An entry `[a, b)` with gap g keeps a slot of length d from starting inside the open range `(a − d − g, b + g)`.
/// Sweeping the starts in order, each entry is entered once and left once, whatever the number of seats.
struct SeatSweep {
    private struct Edge {
        var at: Int64
        var seat: Int
    }

    private var entering: [Edge] = []
    private var leaving: [Edge] = []
    private var enterIndex = 0
    private var leaveIndex = 0
    private var blockers: [Int32]
    private var freeSeats: Int
    private let external: [Span]
    private var externalIndex = 0

    /// - Parameters:
    ///   - entries: live entries in order of start.
    ///   - external: a normal list; blocks every seat.
    ///   - length: a slot's length in microseconds.
    init(
        entries: some Sequence<Occupancy.Entry>, external: [Span], length: Int64, buffers: SchedulingRules.Buffers,
        capacity: Int
    ) {
        let gap = Int64(buffers.betweenAppointments) * 60_000_000
        blockers = Array(repeating: 0, count: capacity)
        freeSeats = capacity
        var isSorted = true
        var last = Int64.min
        for entry in entries where entry.seat < capacity && !entry.span.isEmpty {
            entering.append(Edge(at: entry.span.start.microseconds - length - gap, seat: entry.seat))
            let end = entry.span.end.microseconds + gap
            leaving.append(Edge(at: end, seat: entry.seat))
            if end < last { isSorted = false }
            last = end
        }
        if !isSorted { leaving.sort { $0.at < $1.at } }
        let before = Int64(buffers.afterExternal) * 60_000_000
        let after = Int64(buffers.beforeExternal) * 60_000_000
        self.external = external.map {
            Span($0.start.adding(microseconds: -(length + after)), $0.end.adding(microseconds: before))
        }
    }

    /// Free seats of a slot at `start`; starts must not fall.
    mutating func freeSeats(at start: Instant) -> Int {
        let at = start.microseconds
        while enterIndex < entering.count, entering[enterIndex].at < at {
            let seat = entering[enterIndex].seat
            blockers[seat] += 1
            if blockers[seat] == 1 { freeSeats -= 1 }
            enterIndex += 1
        }
        while leaveIndex < leaving.count, leaving[leaveIndex].at <= at {
            let seat = leaving[leaveIndex].seat
            blockers[seat] -= 1
            if blockers[seat] == 0 { freeSeats += 1 }
            leaveIndex += 1
        }
        while externalIndex < external.count, external[externalIndex].end <= start { externalIndex += 1 }
        if externalIndex < external.count, external[externalIndex].start < start { return 0 }
        return freeSeats
    }
}
