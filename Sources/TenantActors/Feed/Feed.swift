import JSON
import AlmanacRuntime
import NIOCore
import Scheduling

/// Who watches a calendar, and what they have been told. A struct in the calendar's actor: it decides what is sent to
/// whom; the fan-out sends it.
struct Feed {
    /// An appointment's event, as its watchers hear of it.
    struct Happening {
        let type: String
        private(set) var payload: [UInt8]
        /// The appointment's time, before and after.
        let spans: [Span]

        init(type: String, payload: [UInt8], spans: [Span]) {
            self.type = type
            self.payload = payload
            self.spans = spans
        }

        /// Says what the write found in place of what stood for it.
        mutating func put(_ found: ID, for standIn: FoundID) { payload = standIn.putting(found, into: payload) }
    }

    /// The watchers of a window, in one array, so that a message takes them all along without a copy.
    private struct Audience {
        var watchers: [FeedWatcher] = []
        var numbers: [Int] = []

        mutating func add(_ watcher: FeedWatcher, _ number: Int) {
            watchers.append(watcher)
            numbers.append(number)
        }

        mutating func remove(_ number: Int) -> FeedWatcher? {
            guard let index = numbers.firstIndex(of: number) else { return nil }
            numbers.swapAt(index, numbers.count - 1)
            watchers.swapAt(index, watchers.count - 1)
            numbers.removeLast()
            return watchers.removeLast()
        }
    }

    /// The most slots one window may have, and the most all windows of a calendar may have together.
    static let maxSlots = 20_000
    static let maxSlotsTogether = 1_000_000
    /// What a window may take that is as irregular as one can be.
    static let maxWindowBytes = 24 * maxSlots
    /// The most subscriptions of one calendar.
    static let maxSubscribers = 20_000
    /// How many windows without a watcher are kept up to date.
    static let maxIdle = 8

    private let fanOut: any FeedFanOut
    /// What all snapshots take that are on their way to their readers.
    private let room: ByteRoom
    private let owner: ID?
    /// Whether times that are still being booked are told as taken. Where several nodes tell of one calendar they tell
    /// what is written: then a number means the same on all of them, and who comes from one goes on at another.
    private let withMarks: Bool
    private var views: [FeedView.Window: FeedView] = [:]
    /// The windows in the order in which they came: everybody is told in one order, so that a schedule can be replayed.
    private var order: [FeedView.Window] = []
    private var audiences: [FeedView.Window: Audience] = [:]
    private var windows: [Int: FeedView.Window] = [:]
    /// Windows without watchers, the one that was left first in front.
    private var idle: [FeedView.Window] = []
    private var guests = FeedGuests()
    private var lastNumber = 0

    init(_ fanOut: any FeedFanOut, withMarks: Bool = true, room: ByteRoom = ByteRoom(limit: .max), owner: ID? = nil) {
        self.fanOut = fanOut
        self.room = room
        self.owner = owner
        self.withMarks = withMarks
    }

    var isEmpty: Bool { views.isEmpty }

    /// Whether the clock may have changed what someone sees.
    func isDue(_ now: Instant) -> Bool {
        isAccessDue(now) || views.values.contains { $0.isDue(now) }
    }

    /// About how many bytes the windows take that are watched, and what can be given back: what is only kept for those
    /// who may come.
    var bytes: (watched: Int, spare: Int) {
        let spare = views.values.reduce(0) { $0 + $1.spareBytes }
        let idle = idle.reduce(0) { $0 + (views[$1]?.bytes ?? 0) }
        return (views.values.reduce(0) { $0 + $1.bytes } - idle, spare + idle)
    }

    /// Gives that back.
    mutating func giveBack(seq: Int64) {
        for window in idle {
            views[window] = nil
            order.removeAll { $0 == window }
        }
        idle = []
        for window in order { views[window]?.giveBack(seq: seq) }
    }

    // MARK: Coming and going

    /// Takes a subscriber on and tells it the state of things at once: a snapshot, or what it has missed.
    mutating func subscribe(
        _ query: FeedQuery, _ sink: any FeedSink, _ state: inout CalendarState, of record: CalendarRecord? = nil,
        now: Instant, mayGrow: Bool = true
    ) throws(CommandError) -> FeedSubscriptionID {
        guard windows.count < Self.maxSubscribers else { throw .overloaded }
        let window = FeedView.Window(range: query.range, zone: query.zone, duration: query.duration)
        if views[window] == nil {
            // A new window needs a snapshot, and that needs room.
            guard mayGrow, !room.isFull else { throw .overloaded }
            views[window] = try makeView(window, &state, now: now)
            order.append(window)
        }
        let missed = query.afterSeq.flatMap { views[window]?.missed(after: $0, upTo: state.seq) }
        let watcher = FeedWatcher(
            sink, includesAppointments: query.includesAppointments, seq: query.afterSeq ?? state.seq
        )
        if let missed {
            for message in missed { watcher.tell(message) }
        } else {
            do throws(CommandError) {
                if let snapshot = try snapshot(of: window, seq: state.seq) { watcher.tell(snapshot) }
            } catch {
                // A window made for this subscriber has nobody now, and nobody can come back to it.
                if audiences[window] == nil, !idle.contains(window) {
                    views[window] = nil
                    order.removeAll { $0 == window }
                }
                throw error
            }
        }
        idle.removeAll { $0 == window }
        lastNumber += 1
        windows[lastNumber] = window
        if let viewer = query.viewer, let record { guests.add(lastNumber, viewer, record, now: now) }
        audiences[window, default: Audience()].add(watcher, lastNumber)
        return FeedSubscriptionID(number: lastNumber)
    }

    private func makeView(
        _ window: FeedView.Window, _ state: inout CalendarState, now: Instant
    ) throws(CommandError) -> FeedView {
        let duration = window.duration ?? state.rules.slotDuration
        guard
            !state.offersMore(
                than: Self.maxSlots, in: window.span(state.rules), duration: duration, now: now
            )
        else {
            let error = FieldError(
                pointer: "/to", code: "too_many_slots", message: "must leave at most \(Self.maxSlots) slots to watch"
            )
            throw .invalid(ValidationError(errors: [error]))
        }
        let view = FeedView(window, of: &state, withMarks: withMarks, now: now)
        let together = views.values.reduce(view.slotCount) { $0 + $1.slotCount }
        guard together <= Self.maxSlotsTogether else { throw .overloaded }
        return view
    }

    private mutating func snapshot(of window: FeedView.Window, seq: Int64) throws(CommandError) -> FeedMessage? {
        let share = ByteRoom.Share(of: room, for: owner)
        return try views[window]?.snapshot(seq: seq, share)
    }

    mutating func unsubscribe(_ id: FeedSubscriptionID) {
        _ = remove(id.number)
    }

    private mutating func remove(_ number: Int) -> FeedWatcher? {
        guests.remove(number)
        guard let window = windows.removeValue(forKey: number) else { return nil }
        let watcher = audiences[window]?.remove(number)
        if audiences[window]?.watchers.isEmpty ?? true { leave(window) }
        return watcher
    }

    private mutating func leave(_ window: FeedView.Window) {
        audiences[window] = nil
        idle.append(window)
        if idle.count > Self.maxIdle {
            let dropped = idle.removeFirst()
            views[dropped] = nil
            order.removeAll { $0 == dropped }
        }
    }

    /// Tells a subscriber everything again.
    mutating func resynchronize(_ id: FeedSubscriptionID, seq: Int64) throws(CommandError) {
        guard let window = windows[id.number], let audience = audiences[window],
            let index = audience.numbers.firstIndex(of: id.number), let snapshot = try snapshot(of: window, seq: seq)
        else { throw .retired }
        // The same way as the changes, so that it comes after those that were sent before.
        let broadcast = FeedBroadcast(message: snapshot, watchers: [audience.watchers[index]])
        if !fanOut.send(broadcast) { throw .overloaded }
    }

    /// Tells everyone that nothing more comes from here.
    mutating func end() {
        let ended = order.compactMap { audiences[$0] }
        self = Feed(fanOut, withMarks: withMarks, room: room, owner: owner)
        for audience in ended {
            fanOut.sendLast(FeedBroadcast(message: .ended, watchers: audience.watchers))
        }
    }

    // MARK: Watchers who may not see everything

    /// As whom they watch.
    var viewers: Set<Viewer> { guests.viewers }

    /// Whether time has taken something from one of them.
    func isAccessDue(_ now: Instant) -> Bool { guests.isDue(now) }

    /// Ends the subscriptions of those who may see more or less than when they came: they ask again.
    mutating func review(_ record: CalendarRecord, now: Instant) { end(guests.review(record, now: now)) }

    /// Ends the subscriptions of these viewers: they ask again.
    mutating func dismiss(_ viewers: Set<Viewer>) { end(guests.numbers(of: viewers)) }

    private mutating func end(_ numbers: [Int]) {
        let watchers = numbers.compactMap { remove($0) }
        if !watchers.isEmpty { fanOut.sendLast(FeedBroadcast(message: .ended, watchers: watchers)) }
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
        let tail = happening.map(FeedMessage.tail(of:))
        for window in order {
            guard let delta = views[window]?.update(touched, &state, now: now) else { continue }
            if !delta.isEmpty {
                tell(window, FeedMessage(.slots, seq: state.seq, tail: FeedMessage.tail(of: delta), isLate: isLate))
            }
            if let happening, let tail, let span = views[window]?.span,
                happening.spans.contains(where: { $0.overlaps(span) })
            {
                tell(window, FeedMessage(.appointment, seq: state.seq, tail: tail))
            }
        }
    }

    /// Tells the watchers what became of the calendar while nobody could tell them: each appointment's event under its
    /// own number, and all that changed in the slots under the last.
    mutating func catchUp(
        _ touched: CalendarState.Touched, _ missed: [(seq: Int64, happening: Happening)], _ state: inout CalendarState,
        now: Instant
    ) {
        for window in order {
            guard let delta = views[window]?.update(touched, &state, now: now) else { continue }
            func tellAppointments(_ wanted: (Int64) -> Bool) {
                for (seq, happening) in missed where wanted(seq) {
                    guard let span = views[window]?.span, happening.spans.contains(where: { $0.overlaps(span) })
                    else { continue }
                    tell(window, FeedMessage(.appointment, seq: seq, tail: FeedMessage.tail(of: happening)))
                }
            }
            tellAppointments { $0 < state.seq }
            // Whoever has a number in between has seen slots come or go that the difference does not name.
            views[window]?.forgetTold(before: state.seq)
            if !delta.isEmpty {
                tell(window, FeedMessage(.slots, seq: state.seq, tail: FeedMessage.tail(of: delta)))
            }
            tellAppointments { $0 == state.seq }
        }
    }

    private mutating func tell(_ window: FeedView.Window, _ message: FeedMessage) {
        views[window]?.keep(message)
        guard let audience = audiences[window] else { return }
        if fanOut.send(FeedBroadcast(message: message, watchers: audience.watchers)) { return }
        // More is happening than can be told: these ask again, and get it all at once.
        for number in audience.numbers {
            windows[number] = nil
            guests.remove(number)
        }
        leave(window)
        fanOut.sendLast(FeedBroadcast(message: .ended, watchers: audience.watchers))
    }
}
