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
        var isStale: Bool
    }

    /// The most answers that are kept, and the most bytes of them together.
    private static let maxEntries = 32
    private static let maxBytes = 2 * 1_048_576

    private var entries: [Key: Entry] = [:]

    func answer(_ key: Key, now: Instant) -> AvailabilityAnswer? {
        guard let entry = entries[key], !entry.isStale else { return nil }
        if let validUntil = entry.answer.validUntil, now >= validUntil { return nil }
        return entry.answer
    }

    /// Keeps a newly computed answer. `make` renders it if its slots differ from those of the last one.
    mutating func keep(
        _ key: Key, slots: [UInt8], validUntil: Instant?, make: () -> (body: [UInt8], etag: String)
    ) -> AvailabilityAnswer {
        // If the slots come out the same, the old bytes and tag stand; they are all of the body but its beginning.
        if let old = entries[key], old.answer.body.readableBytesView.dropLast().suffix(slots.count).elementsEqual(slots)
        {
            let answer = AvailabilityAnswer(body: old.answer.body, etag: old.answer.etag, validUntil: validUntil)
            entries[key] = Entry(answer: answer, isStale: false)
            return answer
        }
        let (body, etag) = make()
        let answer = AvailabilityAnswer(body: ByteBuffer(bytes: body), etag: etag, validUntil: validUntil)
        let size = body.count
        entries[key] = nil
        if size <= Self.maxBytes {
            let kept = entries.values.reduce(0) { $0 + $1.answer.body.readableBytes }
            if entries.count >= Self.maxEntries || kept + size > Self.maxBytes {
                entries.removeAll(keepingCapacity: true)
            }
            entries[key] = Entry(answer: answer, isStale: false)
        }
        return answer
    }

    /// Marks what a change may have altered. A booking reaches a day and its neighbours: buffers, daily limits.
    mutating func invalidate(_ touched: CalendarState.Touched) {
        switch touched {
        case .nothing: return
        case .everything:
            for key in entries.keys { entries[key]?.isStale = true }
        case .spans(let spans):
            let reached = spans.map { Span($0.start.adding(days: -4), $0.end.adding(days: 4)) }
            for key in entries.keys where reached.contains(where: { $0.overlaps(key.span) }) {
                entries[key]?.isStale = true
            }
        }
    }
}
