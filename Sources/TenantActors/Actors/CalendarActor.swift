public import AlmanacRuntime
public import Scheduling
import Synchronization

/// One calendar: serializes its bookings and keeps who has which time in memory.
///
/// A thin shell: ``CalendarState`` decides, the commit log writes. Actors interleave at every `await`, so a command
/// checks and marks in one synchronous step, suspends to write, and finds its mark again by ticket.
public actor CalendarActor: CommitSink, CommandActor {
    struct Pending {
        let decision: Decision
        /// The calendar's settings and opening rules as they are to be, where the change alters them.
        var record: CalendarRecord?
        /// The appointment's event, for those who watch.
        var happening: Feed.Happening?
        /// What its payload names that only the write knows.
        var found: FoundID?
        /// The calendar's clock as it is to be, where the change moves it.
        var clock: CalendarClock?
    }

    public nonisolated let id: ID
    public nonisolated let organizationID: ID
    nonisolated let services: TenantServices
    /// How far back bookings are kept in memory: it covers today in every zone, and buffers.
    static let memoryDays = 3
    private nonisolated let retired = Atomic<Bool>(false)
    let generation: Int64
    /// The right under which it was loaded, and under which it decides.
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
    /// What other nodes can read of it; nil if there are none.
    let mirror: HotMirror?
    /// What was written and is to be shared with them at the end of this step.
    var unshared: [HotStep] = []
    /// No hold ends before this; nil if there is none.
    private var nextExpiry: Instant?
    /// The moment of the clock by which what had ended was forgotten, or never loaded.
    var forgottenAt: Instant
    private var pending: [Int: Pending] = [:]
    private var nextTicket = 0
    /// How far its days are recorded; nil until somebody has to know.
    var clock: CalendarClock?
    /// Whether it is being deleted: who wants a time waits for the end of that.
    var isBeingDeleted = false
    /// Who wait until something that is being written has been; see ``settled()``.
    private var awaitingSettlement: [CheckedContinuation<Void, Never>] = []
    /// Who placed the holds; nil until somebody places one.
    var holders: HoldLedger?

    /// - Parameter shared: what version of it other nodes can read already; nil if none that can be built on.
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
                services.fanOut, withMarks: services.hotState == nil, room: services.memory.handedOut
            ), counts: services.counts, budget: services.memory
        )
        let key = CalendarKey(organization: record.organizationID, calendar: record.id)
        mirror = services.hotState.map { HotMirror($0, key, shared: shared) }
        forgottenAt = services.clock.now()
        // One that was placed by a clock that was ahead ends at once.
        nextExpiry = state.hasStrayHolds(now: forgottenAt) ? .distantPast : state.nextExpiry
    }

    /// Whether this actor must not be used any more: what it knows may not be what the database knows.
    public nonisolated var isRetired: Bool { retired.load(ordering: .acquiring) }

    nonisolated func retire() { retired.store(true, ordering: .releasing) }

    /// The calendar as it is kept; throws if it was deleted.
    public func current() throws(CommandError) -> CalendarRecord {
        guard !isRetired else { throw .retired }
        return try live.current()
    }

    /// Throws where this actor must not answer any more: it was taken out of service, or the clock was set back so far that
    /// what it has forgotten may matter again.
    func checkInForce() throws(CommandError) {
        if isClockSetBack(services.clock.now()) { distrust() }
        guard !isRetired else { throw .retired }
    }

    /// Hours are within what is kept of the past, days are not.
    func isClockSetBack(_ now: Instant) -> Bool { ClockStep.isBack(now, from: forgottenAt) }

    /// Writes decisions of one command in order; returns what became of the last.
    ///
    /// Its marks are taken over or taken back in ``settle(_:)`` before this returns.
    func write(_ items: [(pending: Pending, change: Change)]) async -> CommitOutcome {
        await writeAll(items).last ?? .refused(.draining)
    }

    /// The same; returns what became of each.
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
        // What the log did not take on never reaches settle.
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
                // Each event by itself, so that whoever knows its number knows all of what came with it. Not once an
                // earlier one's outcome is unknown: these watchers are sent to ask again.
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
                // The mark stays: the time may be booked. Whoever comes next finds out by reading anew.
                retire()
            }
        }
        share(from: before)
        resumeAwaitingSettlement()
    }

    /// Waits until it is known of every time that is being booked, held or set free what became of it.
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

    /// Ends the holds whose time is up.
    ///
    /// Costs nothing while no hold is due: looking for the next one is left to when one may be.
    public func expireHolds() async {
        let now = services.clock.now()
        guard !isRetired, hasHoldsDue(now) else { return }
        let expiries = expiries(now: now)
        nextExpiry = state.nextExpiry
        if !expiries.isEmpty { _ = await write(expiries) }
    }

    /// Whether a hold's time is up.
    func hasHoldsDue(_ now: Instant) -> Bool { nextExpiry.map { now >= $0 } ?? false }

    /// Remembers when a hold ends.
    private func note(_ expiresAt: Instant?) {
        if let expiresAt { nextExpiry = nextExpiry.map { min($0, expiresAt) } ?? expiresAt }
    }

    /// The changes that end the holds whose time is up; each is marked, so nobody else writes it too.
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

    /// What a command writes. A replay is rendered from the last event, or is `answer` where that does not say it.
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
