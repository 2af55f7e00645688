import AlmanacRuntime
public import Scheduling

/// A calendar that another node owns, as this one knows it: it answers and tells watchers, and decides nothing.
///
///     cold ──loaded from store or record──► following ◄────────────────────────────────────┐
///                                             │   │ a message that builds on what is known │
///                                             │   └────────────── applied, told ───────────┤
///                    a gap, a reconnect,      ▼                                            │
///                    a higher number seen   behind ──loaded──► untold ──events read, told──┘
///
/// All that is known is a function of the events up to a number, so numbers are all that has to be compared.
public actor CalendarReplica: TurnTaking, FeedHost {
    /// How long the store's word that nothing is newer counts without the record's, in nanoseconds: the owner may be
    /// unable to reach the store that this node reaches.
    static let trust: UInt64 = 1_000_000_000
    /// How long it counts if the record cannot be asked.
    static let lastTrust: UInt64 = 2_000_000_000
    /// How many appointments' events are read again for watchers; past that they start over with a snapshot.
    static let maxMissed = 256

    public nonisolated let key: CalendarKey
    nonisolated let context: ReplicaContext
    private nonisolated let inbox: ReplicaInbox
    private nonisolated let line: any HotListening
    var live: LiveCalendar
    var turns = Turns()
    /// The number up to which watchers were told everything.
    var told: Int64
    /// The highest number that is known to exist.
    var wanted: Int64
    /// When the record was last asked, and what is known is as new as that.
    var checkedAt: UInt64?
    /// Whether something may have been missed, so that the store is to be asked what it has.
    var isToLook = false
    /// The moment of the clock by which what had ended was left out.
    private let forgottenAt: Instant
    /// The record's number when it was last looked over.
    private var lastHead: Int64 = 0
    /// What was known here before the record was looked over.
    private var seqBefore: Int64 = 0
    /// Whether more is known here than the record has.
    var isBeyond = false

    init(
        _ key: CalendarKey, _ loaded: ReplicaReads.Loaded, rules: SchedulingRules, checkedAt: UInt64?,
        inbox: ReplicaInbox,
        line: any HotListening, context: ReplicaContext
    ) {
        self.key = key
        self.context = context
        self.inbox = inbox
        self.line = line
        self.checkedAt = checkedAt
        told = loaded.seq
        wanted = loaded.seq
        let now = context.services.clock.now()
        forgottenAt = now
        let entries = CalendarActor.remembered(loaded.entries, now: now)
        live = LiveCalendar(
            record: loaded.record, state: CalendarState(rules: rules, seq: loaded.seq, entries: entries),
            feed: Feed(context.services.fanOut, withMarks: false, room: context.services.memory.handedOut),
            counts: context.services.counts,
            budget: context.services.memory, isReplica: true
        )
    }

    var seq: Int64 { live.state.seq }

    /// Throws where the clock was set back so far that what was left out may matter again: it is loaded anew then.
    func checkInForce() throws(CommandError) {
        if ClockStep.isBack(now, from: forgottenAt) { throw .retired }
    }

    private var now: Instant { context.services.clock.now() }

    // MARK: Asking

    /// The slots of a range, as bytes; not older than the request.
    public func availability(_ query: AvailabilityQuery) async throws(CommandError) -> AvailabilityAnswer {
        try await freshen()
        return try live.availability(query, now: now)
    }

    /// The same where it is at hand or little work; nil otherwise.
    public func promptAvailability(_ query: AvailabilityQuery) async throws(CommandError) -> AvailabilityAnswer? {
        try await freshen()
        return try live.availability(query, effort: Effort.light, now: now)
    }

    /// Whether ``explain(at:duration:namesBookings:)`` is little work.
    public var isExplainingLight: Bool { !live.explainingTakes(more: Effort.light) }

    /// Lets go what can be made again, so that others have room.
    func giveBack() { live.giveBack() }

    /// Whether a start can be booked, and what refuses it.
    public func explain(
        at start: Instant, duration: Int?, namesBookings: Bool
    ) async throws(CommandError) -> [UInt8] {
        try await freshen()
        return try live.explain(at: start, duration: duration, namesBookings: namesBookings, now: now)
    }

    /// What a viewer may do with the calendar, as far as it is known here.
    func permission(of viewer: Viewer) -> Permission? { live.record.permission(of: viewer, at: now) }

    /// The calendar as it is kept; not older than the request.
    func current() async throws(CommandError) -> CalendarRecord {
        try await freshen()
        return try live.current()
    }

    // MARK: Watching

    /// Takes a subscriber on. It is told the state of things before this returns.
    func subscribe(_ query: FeedQuery, _ sink: any FeedSink) async throws(CommandError) -> FeedSubscriptionID {
        try await freshen()
        return try await inTurn(key.calendar) { () async throws(CommandError) -> FeedSubscriptionID in
            try await tellMissed()
            return try live.subscribe(query, sink, now: now)
        }
    }

    func unsubscribe(_ id: FeedSubscriptionID) { live.feed.unsubscribe(id) }

    func resynchronize(_ id: FeedSubscriptionID) throws(CommandError) {
        // Ahead of what was told, the slots that watchers know are those of an earlier number.
        if told < seq { return try live.feed.resynchronize(id, seq: told) }
        try live.resynchronize(id, now: now)
    }

    /// Does what the clock asks for; whether there is more to do.
    func tick() -> Bool {
        absorb()
        if told == seq, live.feed.isDue(now) { live.publish(nil, isLate: true, now: now) }
        seqBefore = seq
        return wanted > seq || told < seq || isBeyond
    }

    var watchingViewers: Set<Viewer> { live.feed.viewers }

    /// Has those who watch as one of these ask again.
    func dismiss(_ viewers: Set<Viewer>) { live.feed.dismiss(viewers) }

    /// Whether anybody is, or may soon be again, told of changes.
    var isWatched: Bool { !live.feed.isEmpty }

    /// The record's number. What it was at the last look ought to have come by now: if it has not, it is to be fetched.
    /// And what was known before this look ought to be on the record.
    func compare(_ head: Int64) -> Bool {
        if head < min(seqBefore, seq) { isBeyond = true }
        if seq < lastHead { wanted = max(wanted, lastHead) }
        lastHead = head
        return wanted > seq || isBeyond
    }

    /// The replica goes out of memory, or this node has become the owner: its watchers have to ask again.
    func leave() {
        line.end()
        live.feed.end()
    }

    /// Takes what the store has told out of the inbox and applies it.
    func absorb() {
        let (events, hasLost) = inbox.take()
        for event in events {
            switch event {
            case .written(_, let version, let message): follow(message, to: version.seq)
            case .connected: isToLook = true
            case .disconnected: break
            }
        }
        if hasLost { isToLook = true }
    }
}
