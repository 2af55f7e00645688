import AlmanacRuntime
import NIOCore
import Scheduling

/// Finished answers of one calendar, kept until a change or the clock may change them.
struct AvailabilityCache {
    struct Key: Hashable {
        var span: Span
        var zone: Zone
        var duration: Int
        var isGroupedByDay: Bool
    }

    private struct Entry {
        var answer: AvailabilityAnswer
        /// When the answer was computed. It is not valid before that time.
        var madeAt: Instant
        /// The time in which a change may affect the answer.
        var reach: Span
        var isStale = false
        /// The number of its last use.
        var used: UInt64
    }

    /// How many answers are kept, and how many bytes they may take together.
    private static let maxEntries = 32
    private static let maxBytes = 2 * 1_048_576

    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0
    /// How many bytes the answers take.
    private(set) var bytes = 0

    /// The stored answer, if it is still correct: the clock has not reached its end, and was not set back.
    mutating func answer(_ key: Key, now: Instant) -> AvailabilityAnswer? {
        guard let place = entries.index(forKey: key) else { return nil }
        let entry = entries.values[place]
        guard !entry.isStale, entry.madeAt <= now else { return nil }
        if let validUntil = entry.answer.validUntil, now >= validUntil { return nil }
        uses += 1
        entries.values[place].used = uses
        return entry.answer
    }

    /// Drops all answers.
    mutating func giveBack() {
        entries = [:]
        bytes = 0
    }

    /// Stores a newly computed answer. Calls `make` only if its slots differ from those of the last answer.
    ///
    /// - Parameter reach: the time in which a change may affect the answer.
    mutating func keep(
        _ key: Key, slots: [UInt8], reach: Span, validUntil: Instant?, now: Instant,
        make: () -> (body: [UInt8], etag: String)
    ) -> AvailabilityAnswer {
        uses += 1
        // If the slots are the same, the old bytes and tag stay. The slots are the body without its beginning.
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

    /// The size of an answer with its overhead.
    private static func size(_ answer: AvailabilityAnswer) -> Int { answer.body.storageCapacity + 256 }

    /// Marks the answers that a change may affect. A booking affects its day and the neighbouring days, by buffers and
    /// daily limits.
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
