import AlmanacRuntime
import NIOCore
import Scheduling

/// Who watches a calendar, and what they have been told. A struct in the calendar's actor: it decides what is sent, the
/// sinks send it.
struct Feed {
    private struct Subscriber {
        let window: FeedView.Window
        let includesAppointments: Bool
        let sink: any FeedSink
        /// The number of the last snapshot or slots message it was told.
        var seq: Int64
    }

    /// An appointment's event, as its watchers hear of it.
    struct Happening {
        let type: String
        let payload: [UInt8]
        /// The appointment's time, before and after.
        let spans: [Span]
    }

    /// The most slots one window may have, and the most all windows of a calendar may have together.
    static let maxSlots = 20_000
    static let maxSlotsTogether = 1_000_000
    /// The most subscriptions of one calendar.
    static let maxSubscribers = 20_000
    /// How many windows without a watcher are kept up to date.
    static let maxIdle = 8

    private var views: [FeedView.Window: FeedView] = [:]
    private var subscribers: [Int: Subscriber] = [:]
    private var watchers: [FeedView.Window: Set<Int>] = [:]
    /// Windows without watchers, the one that was left first in front.
    private var idle: [FeedView.Window] = []
    private var lastNumber = 0

    var isEmpty: Bool { views.isEmpty }

    /// Whether the clock may have changed what someone sees.
    func isDue(_ now: Instant) -> Bool { views.values.contains { $0.validUntil.map { now >= $0 } ?? false } }

    // MARK: Coming and going

    /// Takes a subscriber on and tells it the state of things: a snapshot, or what it has missed.
    mutating func subscribe(
        _ query: FeedQuery, _ sink: any FeedSink, _ state: inout CalendarState, now: Instant
    ) throws(CommandError) -> FeedSubscriptionID {
        guard subscribers.count < Self.maxSubscribers else { throw .overloaded }
        let window = FeedView.Window(range: query.range, zone: query.zone, duration: query.duration)
        if views[window] == nil { views[window] = try makeView(window, &state, now: now) }
        idle.removeAll { $0 == window }
        lastNumber += 1
        watchers[window, default: []].insert(lastNumber)
        subscribers[lastNumber] = Subscriber(
            window: window, includesAppointments: query.includesAppointments, sink: sink, seq: state.seq
        )
        if let seq = query.afterSeq, let missed = views[window]?.missed(after: seq, upTo: state.seq) {
            subscribers[lastNumber]?.seq = seq
            for message in missed { tell(lastNumber, message) }
        } else {
            tellAll(lastNumber, state.seq)
        }
        return FeedSubscriptionID(number: lastNumber)
    }

    private func makeView(
        _ window: FeedView.Window, _ state: inout CalendarState, now: Instant
    ) throws(CommandError) -> FeedView {
        let view = FeedView(window, of: &state, now: now)
        guard view.slots.count <= Self.maxSlots else {
            let error = FieldError(
                pointer: "/to", code: "too_many_slots", message: "must leave at most \(Self.maxSlots) slots to watch"
            )
            throw .invalid(ValidationError(errors: [error]))
        }
        let together = views.values.reduce(view.slots.count) { $0 + $1.slots.count }
        guard together <= Self.maxSlotsTogether else { throw .overloaded }
        return view
    }

    mutating func unsubscribe(_ id: FeedSubscriptionID) {
        guard let subscriber = subscribers.removeValue(forKey: id.number) else { return }
        watchers[subscriber.window]?.remove(id.number)
        guard watchers[subscriber.window]?.isEmpty ?? true else { return }
        watchers[subscriber.window] = nil
        idle.append(subscriber.window)
        if idle.count > Self.maxIdle { views[idle.removeFirst()] = nil }
    }

    /// Tells a subscriber everything again.
    mutating func resynchronize(_ id: FeedSubscriptionID, seq: Int64) throws(CommandError) {
        guard subscribers[id.number] != nil else { throw .retired }
        tellAll(id.number, seq)
    }

    /// Tells everyone that nothing more comes from here.
    mutating func end() {
        let sinks = subscribers.values.map(\.sink)
        self = Feed()
        for sink in sinks { sink.receive(.ended) }
    }

    // MARK: Telling

    /// Tells the watchers of each window what changed in it, and of the appointment that changed it.
    ///
    /// - Parameter isLate: whether this belongs to no event: the clock, or a write that failed, changed slots.
    mutating func publish(
        _ touched: CalendarState.Touched, _ happening: Happening?, isLate: Bool, _ state: inout CalendarState,
        now: Instant
    ) {
        if views.isEmpty { return }
        let tail = happening.map { FeedWriter.appointment($0.type, $0.payload) }
        for window in Array(views.keys) {
            guard let delta = views[window]?.update(touched, &state, now: now) else { continue }
            let numbers = watchers[window] ?? []
            if !delta.isEmpty {
                let kind: FeedView.Told.Kind = isLate ? .lateSlots : .slots
                tell(numbers, window, FeedView.Told(seq: state.seq, kind: kind, tail: FeedWriter.slots(delta)))
            }
            if let happening, let tail, let span = views[window]?.span,
                happening.spans.contains(where: { $0.overlaps(span) })
            {
                tell(numbers, window, FeedView.Told(seq: state.seq, kind: .appointment, tail: tail))
            }
        }
    }

    private mutating func tell(_ numbers: Set<Int>, _ window: FeedView.Window, _ message: FeedView.Told) {
        for number in numbers { tell(number, message) }
        views[window]?.keep(message)
    }

    private mutating func tell(_ number: Int, _ message: FeedView.Told) {
        guard let subscriber = subscribers[number] else { return }
        switch message.kind {
        case .slots, .lateSlots:
            subscribers[number]?.seq = message.seq
            subscriber.sink.receive(.slots(previous: subscriber.seq, seq: message.seq, tail: message.tail))
        case .appointment:
            guard subscriber.includesAppointments else { return }
            subscriber.sink.receive(.appointment(seq: message.seq, tail: message.tail))
        }
    }

    private mutating func tellAll(_ number: Int, _ seq: Int64) {
        guard let subscriber = subscribers[number], let tail = views[subscriber.window]?.snapshot() else { return }
        subscribers[number]?.seq = seq
        subscriber.sink.receive(.snapshot(seq: seq, tail: tail))
    }
}
