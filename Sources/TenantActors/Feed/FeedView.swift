import AlmanacRuntime
import NIOCore
import Scheduling

/// One window of a calendar as its watchers know it. All who watch the same window share it.
///
///     absent ──first subscriber──► watched ◄──subscriber──┐
///        ▲                            │ last one left      │
///        └── dropped ◄── idle (kept up to date for a while, so that a client that comes back can resume)
struct FeedView {
    struct Window: Hashable {
        var range: RangeQuery
        /// The calendar's zone if nil.
        var zone: Zone?
        /// The calendar's slot duration if nil.
        var duration: Int?

        func span(_ rules: SchedulingRules) -> Span { range.span(in: zone ?? rules.zone) }
    }

    /// The most messages, and the most bytes of them together, that are kept for those who come back.
    static let maxTold = 256
    static let maxToldBytes = 524_288

    let window: Window
    private let withMarks: Bool
    private(set) var span: Span
    private var list = SlotList()
    /// When the clock alone may next change the slots.
    private var validUntil: Instant?
    /// The moment of the clock at which they were computed last: before it they may have been others.
    private var madeAt: Instant
    private var told: [FeedMessage] = []
    private var toldBytes = 0
    /// Whoever has this number or a later one can be brought up to date from ``told``.
    private var resumableFrom: Int64
    /// The slots as the rest of a snapshot, until they change.
    private var encoded: ByteBuffer?
    /// The share of those who are being sent ``encoded``; nil when nobody is any more.
    private weak var sending: ByteRoom.Share?

    init(_ window: Window, of state: inout CalendarState, withMarks: Bool = true, now: Instant) {
        self.window = window
        self.withMarks = withMarks
        span = window.span(state.rules)
        madeAt = now
        // Whoever watched before this view began may have seen what no event tells, such as a time that was being booked
        // and then was not: only numbers that were first told from here are known to mean what is known here.
        resumableFrom = state.seq + 1
        _ = refresh(&state, now: now)
    }

    var slots: [Slot] { list.all }
    var slotCount: Int { list.count }

    /// Whether the clock may have changed the slots: it has gone on, or it was set back.
    func isDue(_ now: Instant) -> Bool { now < madeAt || validUntil.map { now >= $0 } ?? false }

    /// About how many bytes it takes, and how many of them can be made again.
    var bytes: Int { 512 + list.bytes }
    var spareBytes: Int { toldBytes + (encoded?.readableBytes ?? 0) }

    /// Lets go what can be made again: whoever comes back gets a snapshot.
    mutating func giveBack(seq: Int64) {
        forgetSnapshot()
        forgetTold(before: seq + 1)
    }

    /// Computes the slots that a change may have altered, all of them if the clock may have too.
    mutating func update(_ touched: CalendarState.Touched, _ state: inout CalendarState, now: Instant) -> SlotDelta {
        let isDue = isDue(now)
        switch touched {
        case .nothing where !isDue: return SlotDelta()
        case .spans(let spans) where !isDue:
            let reached = SpanAlgebra.normalized(spans.map { $0.intersection(span) }.filter { !$0.isEmpty })
            var delta = SlotDelta()
            for part in reached {
                let availability = availability(in: part, &state, now: now)
                let change = SlotDelta(from: list.slots(in: part), to: availability.slots)
                validUntil = [validUntil, availability.validUntil].compactMap(\.self).min()
                if change.isEmpty { continue }
                list.replace(part, with: availability.slots)
                delta.append(change)
            }
            madeAt = max(madeAt, now)
            if !delta.isEmpty { forgetSnapshot() }
            return delta
        case .nothing, .spans, .everything: return refresh(&state, now: now)
        }
    }

    private mutating func refresh(_ state: inout CalendarState, now: Instant) -> SlotDelta {
        span = window.span(state.rules)
        let availability = availability(in: span, &state, now: now)
        let delta = SlotDelta(from: list.all, to: availability.slots)
        validUntil = availability.validUntil
        madeAt = now
        if !delta.isEmpty {
            list = SlotList(availability.slots)
            forgetSnapshot()
        }
        return delta
    }

    private mutating func forgetSnapshot() { (encoded, sending) = (nil, nil) }

    /// The one availability function, for this window's duration; a duration the calendar no longer allows has no slots.
    private func availability(in span: Span, _ state: inout CalendarState, now: Instant) -> Availability {
        let duration = window.duration ?? state.rules.slotDuration
        guard state.rules.allows(duration) else { return Availability(slots: [], validUntil: nil) }
        return state.availability(in: span, duration: duration, now: now, withMarks: withMarks)
    }

    /// Keeps a message for those who come back.
    mutating func keep(_ message: FeedMessage) {
        told.append(message)
        toldBytes += message.tail.readableBytes
        while told.count > Self.maxTold || toldBytes > Self.maxToldBytes {
            let oldest = told.removeFirst()
            toldBytes -= oldest.tail.readableBytes
            resumableFrom = max(resumableFrom, oldest.seq + 1)
        }
    }

    /// Lets nobody resume from an earlier number any more.
    mutating func forgetTold(before seq: Int64) {
        told = []
        toldBytes = 0
        resumableFrom = max(resumableFrom, seq)
    }

    /// What a subscriber whose last message was numbered `seq` has not got, in order; nil if that is not known any more.
    ///
    /// The connection may have ended between two messages of one number. So an appointment of that number, and what the
    /// clock did under it, is told again: applied twice it is the same.
    func missed(after seq: Int64, upTo last: Int64) -> [FeedMessage]? {
        guard seq >= resumableFrom, seq <= last else { return nil }
        return told.filter { $0.seq > seq || ($0.seq == seq && ($0.kind != .slots || $0.isLate)) }
    }

    /// All slots, as one who knows nothing yet is told them; the share is counted once, however many it goes to.
    ///
    /// - Throws: ``CommandError/overloaded`` where too much is on its way to readers already.
    mutating func snapshot(seq: Int64, _ share: ByteRoom.Share) throws(CommandError) -> FeedMessage {
        if let encoded, let sending { return FeedMessage(.snapshot, seq: seq, tail: encoded, share: sending) }
        let tail = encoded ?? FeedMessage.tail(of: list.all)
        guard share.grow(by: tail.readableBytes) else { throw .overloaded }
        (encoded, sending) = (tail, share)
        return FeedMessage(.snapshot, seq: seq, tail: tail, share: share)
    }
}
