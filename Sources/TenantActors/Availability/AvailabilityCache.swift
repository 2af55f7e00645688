import AlmanacRuntime
import NIOCore
import Scheduling

/// Finished answers of one calendar, kept until a change touches them or the clock does.
struct AvailabilityCache {
    struct Key: Hashable {
        var span: Span
        var zone: Zone
        var duration: Int
        var isGroupedByDay: Bool
    }

    private struct Entry {
        var answer: AvailabilityAnswer
        /// The moment of the clock at which it was computed: before it, it may have been another.
        var madeAt: Instant
        /// Where a change may alter it.
        var reach: Span
        var isStale = false
        /// The number of its last use.
        var used: UInt64
    }

    /// The most answers that are kept, and the most bytes of them together.
    private static let maxEntries = 32
    private static let maxBytes = 2 * 1_048_576

    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0
    /// How many bytes the answers take.
    private(set) var bytes = 0

    /// What is kept, if it is what would be computed now: the clock has not come to its end, nor was it set back.
    mutating func answer(_ key: Key, now: Instant) -> AvailabilityAnswer? {
        guard let place = entries.index(forKey: key) else { return nil }
        let entry = entries.values[place]
        guard !entry.isStale, entry.madeAt <= now else { return nil }
        if let validUntil = entry.answer.validUntil, now >= validUntil { return nil }
        uses += 1
        entries.values[place].used = uses
        return entry.answer
    }

    /// Lets all go.
    mutating func giveBack() {
        entries = [:]
        bytes = 0
    }

    /// Keeps a newly computed answer. `make` renders it if its slots differ from those of the last one.
    ///
    /// - Parameter reach: where a change may alter it.
    mutating func keep(
        _ key: Key, slots: [UInt8], reach: Span, validUntil: Instant?, now: Instant,
        make: () -> (body: [UInt8], etag: String)
    ) -> AvailabilityAnswer {
        uses += 1
        // If the slots come out the same, the old bytes and tag stand; they are all of the body but its beginning.
        if let old = entries[key], old.answer.body.readableBytesView.dropLast().suffix(slots.count).elementsEqual(slots)
        {
            let answer = AvailabilityAnswer(body: old.answer.body, etag: old.answer.etag, validUntil: validUntil)
            entries[key] = Entry(answer: answer, madeAt: now, reach: reach, used: uses)
            return answer
        }
        let (body, etag) = make()
        let answer = AvailabilityAnswer(body: ByteBuffer(bytes: body), etag: etag, validUntil: validUntil)
        let size = Self.size(answer)
        remove(key)
        if size <= Self.maxBytes {
            while entries.count >= Self.maxEntries || bytes + size > Self.maxBytes,
                let oldest = entries.min(by: { $0.value.used < $1.value.used })
            {
                remove(oldest.key)
            }
            entries[key] = Entry(answer: answer, madeAt: now, reach: reach, used: uses)
            bytes += size
        }
        return answer
    }

    private mutating func remove(_ key: Key) {
        if let old = entries.removeValue(forKey: key) { bytes -= Self.size(old.answer) }
    }

    /// The bytes, and what surrounds them.
    private static func size(_ answer: AvailabilityAnswer) -> Int { answer.body.storageCapacity + 256 }

    /// Marks what a change may have altered. A booking reaches a day and its neighbours: buffers, daily limits.
    mutating func invalidate(_ touched: CalendarState.Touched) {
        switch touched {
        case .nothing: return
        case .everything:
            for key in entries.keys { entries[key]?.isStale = true }
        case .spans(let spans):
            let reached = spans.map { Span($0.start.adding(days: -4), $0.end.adding(days: 4)) }
            for (key, entry) in entries where reached.contains(where: { $0.overlaps(entry.reach) }) {
                entries[key]?.isStale = true
            }
        }
    }
}
