import Scheduling

/// Slots of one length in order of start. Neighbours that are equally far apart and have the same seats are kept as one
/// stretch, so that a window takes the room of what is irregular in it.
struct SlotList: Sendable {
    private struct Run {
        var first: Int64
        /// From one start to the next, in microseconds; of no meaning for a single slot.
        var step: Int64
        var count: Int32
        var seats: Int32

        func start(_ index: Int64) -> Int64 { first + index * step }
        var last: Int64 { start(Int64(count) - 1) }

        /// The part that starts from one microsecond to before another.
        func part(from low: Int64, before high: Int64) -> Run? {
            let skipped = low <= first ? 0 : count == 1 ? 1 : (low - first + step - 1) / step
            let end = high > last ? Int64(count) : high <= first ? 0 : count == 1 ? 1 : (high - first + step - 1) / step
            guard skipped < end else { return nil }
            return Run(first: start(skipped), step: step, count: Int32(end - skipped), seats: seats)
        }
    }

    private var runs: [Run] = []
    private(set) var count = 0
    private let length: Int64

    init(_ slots: [Slot] = []) {
        length = slots.first.map { $0.end - $0.start } ?? 0
        for slot in slots { append(slot) }
    }

    private init(length: Int64) { self.length = length }

    /// About how many bytes it takes.
    var bytes: Int { runs.capacity * MemoryLayout<Run>.stride }

    /// All of them.
    var all: [Slot] {
        var slots: [Slot] = []
        slots.reserveCapacity(count)
        for run in runs { append(run, to: &slots) }
        return slots
    }

    /// Those that start in the span.
    func slots(in span: Span) -> [Slot] {
        var slots: [Slot] = []
        for run in runs {
            if let part = run.part(from: span.start.microseconds, before: span.end.microseconds) {
                append(part, to: &slots)
            }
        }
        return slots
    }

    /// Puts slots in the place of all that start in the span.
    mutating func replace(_ span: Span, with slots: [Slot]) {
        let (low, high) = (span.start.microseconds, span.end.microseconds)
        var next = SlotList(length: slots.first.map { $0.end - $0.start } ?? length)
        next.runs.reserveCapacity(runs.count + 2)
        for run in runs { if let part = run.part(from: .min, before: low) { next.append(part) } }
        for slot in slots { next.append(slot) }
        for run in runs { if let part = run.part(from: high, before: .max) { next.append(part) } }
        self = next
    }

    private func append(_ run: Run, to slots: inout [Slot]) {
        for index in 0..<Int64(run.count) {
            let start = Instant(microseconds: run.start(index))
            slots.append(
                Slot(start: start, end: start.adding(microseconds: length), seatsAvailable: Int(run.seats))
            )
        }
    }

    private mutating func append(_ slot: Slot) {
        append(
            Run(first: slot.start.microseconds, step: 0, count: 1, seats: Int32(clamping: slot.seatsAvailable))
        )
    }

    private mutating func append(_ run: Run) {
        count += Int(run.count)
        guard var last = runs.last, last.seats == run.seats else {
            runs.append(run)
            return
        }
        let step = last.count == 1 ? run.first - last.first : last.step
        guard run.first == last.last + step, run.count == 1 || run.step == step else {
            runs.append(run)
            return
        }
        last.step = step
        last.count += run.count
        runs[runs.count - 1] = last
    }
}
