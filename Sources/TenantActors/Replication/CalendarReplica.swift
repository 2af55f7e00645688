import AlmanacRuntime
public import Scheduling

/// This node's copy of a calendar that another node owns. It answers queries and sends messages to watchers, and
/// decides nothing.
///
///     cold ──loaded from store or record──► following ◄────────────────────────────────────┐
///                                             │   │ a message that builds on what is known │
///                                             │   └────────────── applied, told ───────────┤
///                    a gap, a reconnect,      ▼                                            │
///                    a higher number seen   behind ──loaded──► untold ──events read, told──┘
///
/// All state is a function of the events up to a number, so only numbers are compared.
public actor CalendarReplica: TurnTaking, FeedHost {
    /// For how long the store's answer that nothing is newer counts without the record's, in nanoseconds. The owner may
    /// be unable to reach the store that this node reaches.
    static let trust: UInt64 = 1_000_000_000
    /// The same if the record cannot be asked.
    static let lastTrust: UInt64 = 2_000_000_000
    /// How many missed events of appointments are read for watchers. With more, watchers start again with a snapshot.
    static let maxMissed = 256

    public nonisolated let key: CalendarKey
    nonisolated let context: ReplicaContext
    private nonisolated let inbox: ReplicaInbox
    private nonisolated let line: any HotListening
    var live: LiveCalendar
    var turns = Turns()
    /// The number up to which watchers got everything.
    var told: Int64
    /// The highest number that is known to exist.
    var wanted: Int64
    /// When the record last confirmed that this state is current.
    var checkedAt: UInt64?
    /// Whether a message may have been lost, so that the store must be asked for its number.
    var isToLook = false
    /// The time at which the replica was loaded. Entries that had ended by then were left out.
    private let forgottenAt: Instant
    /// The record's number at the last comparison.
    private var lastHead: Int64 = 0
    /// The replica's number before the last comparison.
    private var seqBefore: Int64 = 0
    /// Whether the replica is ahead of the record.
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
            feed: Feed(
                context.services.fanOut, withMarks: false, room: context.services.memory.handedOut,
                owner: loaded.record.organizationID),
            counts: context.services.counts,
            budget: context.services.memory, isReplica: true
        )
    }

    var seq: Int64 { live.state.seq }

    /// Throws if the clock was set back so far that left-out entries may matter again. Then the replica is loaded
    /// again.
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

    /// The slots if they are cached or take little work; nil otherwise. They are never older than the request.
    public func promptAvailability(_ query: AvailabilityQuery) async throws(CommandError) -> AvailabilityAnswer? {
        try await freshen()
        return try live.availability(query, effort: Effort.light, now: now)
    }

    /// Whether ``explain(at:duration:namesBookings:)`` takes little work.
    public var isExplainingLight: Bool { !live.explainingTakes(more: Effort.light) }

    /// Frees what can be computed again, so that other calendars have room.
    func giveBack() { live.giveBack() }

    /// Whether a start can be booked, and the reasons if not.
    public func explain(
        at start: Instant, duration: Int?, namesBookings: Bool
    ) async throws(CommandError) -> [UInt8] {
        try await freshen()
        return try live.explain(at: start, duration: duration, namesBookings: namesBookings, now: now)
    }

    /// What a viewer may do with the calendar, according to this replica.
    func permission(of viewer: Viewer) -> Permission? { live.record.permission(of: viewer, at: now) }

    /// The stored calendar, never older than the request.
    func current() async throws(CommandError) -> CalendarRecord {
        try await freshen()
        return try live.current()
    }

    // MARK: Watching

    /// Adds a subscriber. It gets the current state before this returns.
    func subscribe(_ query: FeedQuery, _ sink: any FeedSink) async throws(CommandError) -> FeedSubscriptionID {
        try await freshen()
        return try await inTurn(key.calendar) { () async throws(CommandError) -> FeedSubscriptionID in
            try await tellMissed()
            return try live.subscribe(query, sink, now: now)
        }
    }

    func unsubscribe(_ id: FeedSubscriptionID) { live.feed.unsubscribe(id) }

    func resynchronize(_ id: FeedSubscriptionID) throws(CommandError) {
        // Watchers have not got all changes yet, so their slots belong to an earlier number.
        if told < seq { return try live.feed.resynchronize(id, seq: told) }
        try live.resynchronize(id, now: now)
    }

    /// Applies the clock. Returns whether the replica must also catch up.
    func tick() -> Bool {
        absorb()
        if told == seq, live.feed.isDue(now) { live.publish(nil, isLate: true, now: now) }
        seqBefore = seq
        return wanted > seq || told < seq || isBeyond
    }

    var watchingViewers: Set<Viewer> { live.feed.viewers }

    /// Ends the subscriptions of these viewers, so that they subscribe again.
    func dismiss(_ viewers: Set<Viewer>) { live.feed.dismiss(viewers) }

    /// Whether the feed has watchers, or remembers windows for some that may return.
    var isWatched: Bool { !live.feed.isEmpty }

    /// Compares the replica with the record's number. By now the replica should have reached the number of the last
    /// comparison; if not, it must load. And the record should have reached the replica's earlier number; if not, the
    /// replica is ahead of the record.
    func compare(_ head: Int64) -> Bool {
        if head < min(seqBefore, seq) { isBeyond = true }
        if seq < lastHead { wanted = max(wanted, lastHead) }
        lastHead = head
        return wanted > seq || isBeyond
    }

    /// Ends the replica, because it leaves memory or this node has become the owner. Its watchers subscribe again.
    func leave() {
        line.end()
        live.feed.end()
    }

    /// Applies the messages in the inbox.
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
