public import AlmanacRuntime
public import Scheduling
import Synchronization

/// One calendar: serializes its bookings, and remembers in memory who has which time.
///
/// A thin shell: ``CalendarState`` decides, the commit log writes. Actors interleave at every `await`, so a command
/// checks and marks in one synchronous step, suspends to write, and finds its mark again by its ticket.
public actor CalendarActor: CommitSink, CommandActor {
    struct Pending {
        let decision: Decision
        /// The settings and opening rules after the change, if it changes them.
        var record: CalendarRecord?
        /// The appointment's event, for watchers.
        var happening: Feed.Happening?
        /// An id in the event's payload that only the write knows.
        var found: FoundID?
        /// The calendar's clock after the change, if it moves it.
        var clock: CalendarClock?
    }

    public nonisolated let id: ID
    public nonisolated let organizationID: ID
    nonisolated let services: TenantServices
    /// How many days of past bookings are in memory: enough to cover today in every zone, and buffers.
    static let memoryDays = 3
    private nonisolated let retired = Atomic<Bool>(false)
    let generation: Int64
    /// The tenure under which the actor was loaded, and under which it decides.
    public nonisolated let tenure: Tenure
    var live: LiveCalendar
    var record: CalendarRecord {
        get { live.record }
        set { live.record = newValue }
    }
    var state: CalendarState {
        get { live.state }
        _modify { yield &live.state }
    }
    var feed: Feed {
        get { live.feed }
        _modify { yield &live.feed }
    }
    var running = RunningKeys()
    var turns = Turns()
    /// The calendar's copy in the hot store; nil without a hot store.
    let mirror: HotMirror?
    /// Written changes that this step has not sent to the hot store yet.
    var unshared: [HotStep] = []
    /// No hold ends before this; nil if there is none.
    private var nextExpiry: Instant?
    /// The time at which the actor was loaded. Entries that had ended by then were not loaded, or were forgotten.
    var forgottenAt: Instant
    private var pending: [Int: Pending] = [:]
    private var nextTicket = 0
    /// How far the calendar's days are recorded; nil until a command needs it.
    var clock: CalendarClock?
    /// Whether a deletion is under way. Commands that want a time wait until it ends.
    var isBeingDeleted = false
    /// Commands that wait until all entries in flight are settled; see ``settled()``.
    private var awaitingSettlement: [CheckedContinuation<Void, Never>] = []
    /// Who placed the holds; nil until the first request for a hold.
    var holders: HoldLedger?

    /// - Parameter shared: the version that the hot store already has; nil if there is none to build on.
    init(
        record: CalendarRecord, head: Head, tenure: Tenure, rules: SchedulingRules, entries: [Occupancy.Entry],
        services: TenantServices, shared: HotVersion? = nil
    ) {
        id = record.id
        organizationID = record.organizationID
        generation = head.generation
        self.tenure = tenure
        self.services = services
        let state = CalendarState(rules: rules, seq: head.seq, entries: entries)
        live = LiveCalendar(
            record: record, state: state,
            feed: Feed(
                services.fanOut, withMarks: services.hotState == nil, room: services.memory.handedOut,
                owner: record.organizationID
            ), counts: services.counts, budget: services.memory
        )
        let key = CalendarKey(organization: record.organizationID, calendar: record.id)
        mirror = services.hotState.map { HotMirror($0, key, shared: shared) }
        forgottenAt = services.clock.now()
        // A hold that was placed while the clock was ahead ends at once.
        nextExpiry = state.hasStrayHolds(now: forgottenAt) ? .distantPast : state.nextExpiry
    }

    /// Whether nobody may use this actor any more, because the database may know something else.
    public nonisolated var isRetired: Bool { retired.load(ordering: .acquiring) }

    nonisolated func retire() { retired.store(true, ordering: .releasing) }

    /// The stored calendar; throws if it was deleted.
    public func current() throws(CommandError) -> CalendarRecord {
        guard !isRetired else { throw .retired }
        return try live.current()
    }

    /// Throws if this actor must not answer any more: it was retired, or the clock was set back so far that forgotten
    /// entries may matter again.
    func checkInForce() throws(CommandError) {
        if isClockSetBack(services.clock.now()) { distrust() }
        guard !isRetired else { throw .retired }
    }

    /// Memory reaches back far enough for a step of hours, but not of days.
    func isClockSetBack(_ now: Instant) -> Bool { ClockStep.isBack(now, from: forgottenAt) }

    /// Writes the decisions of one command in order; returns the outcome of the last one.
    ///
    /// Before this returns, ``settle(_:)`` has applied or removed the marks.
    func write(_ items: [(pending: Pending, change: Change)]) async -> CommitOutcome {
        await writeAll(items).last ?? .refused(.draining)
    }

    /// Writes the decisions of one command in order; returns the outcome of each.
    func writeAll(_ items: [(pending: Pending, change: Change)]) async -> [CommitOutcome] {
        var items = items
        do throws(CommandError) {
            items = try await closingDays(items)
        } catch {
            for item in items { state.abandon(item.pending.decision) }
            resumeAwaitingSettlement()
            guard case .unavailable(let cause) = error else { return items.map { _ in .stale } }
            return items.map { _ in .failed(cause) }
        }
        var tickets: [Int] = []
        for item in items {
            pending[nextTicket] = item.pending
            tickets.append(nextTicket)
            nextTicket += 1
        }
        let outcomes = await services.log.commit(items.map(\.change), tickets: tickets, sink: self)
        // The log never passes refused changes to `settle`.
        for (ticket, outcome) in zip(tickets, outcomes) {
            if case .refused = outcome, let item = pending.removeValue(forKey: ticket) {
                state.abandon(item.decision)
                nextExpiry = state.nextExpiry
                publish(nil, isLate: true, now: services.clock.now())
            }
        }
        resumeAwaitingSettlement()
        await awaitSharing()
        return outcomes
    }

    public func settle(_ outcomes: [(ticket: Int, outcome: CommitOutcome)]) {
        let now = services.clock.now()
        let before = state.seq
        for (ticket, outcome) in outcomes {
            guard var item = pending.removeValue(forKey: ticket) else { continue }
            switch outcome {
            case .committed(let seq, let found):
                if let found, let standIn = item.found { item.happening?.put(found, for: standIn) }
                state.apply(item.decision, seq: seq)
                note(item.decision.entry?.expiresAt)
                if let record = item.record { self.record = record }
                if let clock = item.clock { self.clock = clock }
                // Events are published one by one, so that a watcher who knows an event's number also knows everything
                // that came with it. After an unknown outcome nothing is published: these watchers must ask again.
                if !isRetired { publish(item.happening, isLate: seq == nil, now: now) }
                note(item, seq: seq)
            case .conflict, .stale, .keyTaken, .failed, .refused:
                state.abandon(item.decision)
                nextExpiry = state.nextExpiry
                publish(nil, isLate: true, now: now)
            case .fenced:
                state.abandon(item.decision)
                retire()
            case .unknown:
                // The mark stays, because the time may be booked. The next request loads the calendar again and finds
                // out.
                retire()
            }
        }
        share(from: before)
        resumeAwaitingSettlement()
    }

    /// Waits until the outcome of every time that is being booked, held or freed is known.
    func settled() async throws(CommandError) {
        while !isRetired, state.occupancy.entries.contains(where: \.isInFlight) {
            await withCheckedContinuation { awaitingSettlement.append($0) }
        }
        guard !isRetired else { throw .retired }
    }

    private func resumeAwaitingSettlement() {
        let waiting = awaitingSettlement
        awaitingSettlement = []
        for continuation in waiting { continuation.resume() }
    }

    /// Ends the expired holds.
    ///
    /// Costs nothing until the next hold may have expired: only then does it search.
    public func expireHolds() async {
        let now = services.clock.now()
        guard !isRetired, hasHoldsDue(now) else { return }
        let expiries = expiries(now: now)
        nextExpiry = state.nextExpiry
        if !expiries.isEmpty { _ = await write(expiries) }
    }

    /// Whether a hold may have expired.
    func hasHoldsDue(_ now: Instant) -> Bool { nextExpiry.map { now >= $0 } ?? false }

    /// Remembers the end of a hold.
    private func note(_ expiresAt: Instant?) {
        if let expiresAt { nextExpiry = nextExpiry.map { min($0, expiresAt) } ?? expiresAt }
    }

    /// The changes that end expired holds. Each is marked, so that no other command writes it too.
    func expiries(now: Instant, wanted: Span? = nil) -> [(pending: Pending, change: Change)] {
        state.decideExpiry(now: now, wanted: wanted).compactMap { decision in
            guard case .expire(let entry) = decision else { return nil }
            let change = change(
                [SlotWrites.delete(entry.owner, .hold)],
                events: [event("hold.expired", entry.owner, HoldPayload.json(entry), now)],
                action: "hold.expire", target: entry.owner, CommandContext.system(organizationID), now: now
            )
            return (Pending(decision: decision), change)
        }
    }

    /// The change of a command. A replay is rendered from its last event, or is `answer` if the event does not contain
    /// the answer.
    func change(
        _ rows: [WriteRow], events: [EventDraft], action: String, target: ID, _ context: CommandContext,
        keyedStatus: Int? = nil, answer: [UInt8]? = nil, now: Instant
    ) -> Change {
        Change(
            key: id, organizationID: organizationID, generation: generation, tenure: tenure, rows: rows, events: events,
            audit: AuditEntry(
                id: services.ids.next(), action: action, targetID: target, principal: context.principal,
                requestID: context.requestID, at: now
            ),
            idempotency: keyedStatus.flatMap { status in
                context.keyed?.claim(status: status, answer: answer, services.secrets, at: now)
            }
        )
    }

    func event(
        _ type: String, _ subject: ID, _ payload: [UInt8], _ now: Instant, found: FoundID? = nil
    ) -> EventDraft {
        EventDraft(
            id: services.ids.next(), type: type, subjectID: subject, occurredAt: now, payload: payload,
            isPublished: services.publishedEvents.contains(type), found: found
        )
    }

    func failure(_ outcome: CommitOutcome, _ context: CommandContext) async throws(CommandError) -> Reply? {
        try await CommitFailure.reply(to: outcome, context, services)
    }
}
