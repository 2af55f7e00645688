import JSON
import AlmanacRuntime
import Scheduling

/// The readers' side of a calendar in memory: its slots, the reasons against a time, and the messages to its watchers.
///
/// The owner's actor and the replicas both use it, so they answer with the same bytes.
struct LiveCalendar {
    var record: CalendarRecord {
        didSet { isAccessToReview = true }
    }
    var state: CalendarState
    var feed: Feed
    private var answers = AvailabilityCache()
    /// The changes since the last message to the watchers.
    private var untold = CalendarState.Touched.nothing
    /// Whether watchers may have gained or lost access.
    private var isAccessToReview = false
    private let counts: CalendarCounts
    /// The part of the day cache's counts that is passed on already.
    private var counted = (hits: 0, compiled: 0)
    /// The calendar's share of the common memory budget.
    private let account: CacheBudget.Account
    private let budget: CacheBudget

    init(
        record: CalendarRecord, state: CalendarState, feed: Feed, counts: CalendarCounts = CalendarCounts(),
        budget: CacheBudget = CacheBudget(limit: .max), isReplica: Bool = false
    ) {
        self.counts = counts
        self.budget = budget
        let key = CalendarKey(organization: record.organizationID, calendar: record.id)
        account = budget.open(CacheOwner(key: key, isReplica: isReplica))
        self.record = record
        self.state = state
        self.feed = feed
    }

    /// The stored calendar; throws if it was deleted.
    func current() throws(CommandError) -> CalendarRecord {
        guard !record.isDeleted else { throw .notFound(what: "calendar", pointer: nil) }
        return record
    }

    // MARK: Asking

    /// The slots of a range, as bytes.
    mutating func availability(
        _ query: AvailabilityQuery, now: Instant
    ) throws(CommandError) -> AvailabilityAnswer {
        guard let answer = try availability(query, effort: .max, now: now) else { throw .overloaded }
        return answer
    }

    /// The slots of a range, as bytes; nil, without computing anything, if that takes more work than `limit`
    /// (``Effort``).
    mutating func availability(
        _ query: AvailabilityQuery, effort limit: Int, now: Instant
    ) throws(CommandError) -> AvailabilityAnswer? {
        _ = try current()
        let zone = query.zone ?? state.rules.zone
        let duration = query.duration ?? state.rules.slotDuration
        try check(query.range, zone, query.duration)

        absorbTouched()
        let span = query.range.span(in: zone)
        let key = AvailabilityCache.Key(
            span: span, zone: zone, duration: duration, isGroupedByDay: query.isGroupedByDay
        )
        if let answer = answers.answer(key, now: now) {
            counts.answer(isKept: true)
            account.touch()
            return answer
        }
        if state.effort(in: span, duration: duration, now: now) > limit { return nil }
        try RangeQuery.check(span, of: state, duration: duration, now: now)
        defer {
            countDays()
            countBytes()
        }
        guard let offer = state.offer(in: span, duration: duration, now: now, effort: limit) else { return nil }
        counts.answer(isKept: false)
        let slots = AvailabilityWriter.members(offer, groupedIn: query.isGroupedByDay ? zone : nil)
        let (id, seq) = (record.id, state.seq)
        return answers.keep(key, slots: slots, reach: offer.reach, validUntil: offer.validUntil, now: now) {
            let body = JSONWriter.object(reserving: slots.count + 160) { writer in
                writer.field("calendar_id", id.description)
                writer.field("timezone", zone.id)
                writer.field("seq", seq)
                writer.members(slots)
            }
            return (body, EntityTag.of(body))
        }
    }

    /// Whether a start can be booked, and the reasons if not.
    mutating func explain(
        at start: Instant, duration: Int?, namesBookings: Bool, now: Instant
    ) throws(CommandError) -> [UInt8] {
        _ = try current()
        let duration = duration ?? state.rules.slotDuration
        guard state.rules.allows(duration) else {
            throw .refused(.durationNotAllowed(allowed: state.rules.allowedDurations))
        }
        let verdict = state.verdict(start: start, duration: duration, now: now)
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("available", verdict.seat != nil)
        writer.key("reasons")
        ReasonWriter.write(verdict.reasons, namesBookings: namesBookings, to: &writer)
        writer.endObject()
        return writer.bytes
    }

    /// Whether explaining a start takes more work than `limit`.
    func explainingTakes(more limit: Int) -> Bool { state.verdictEffort > limit }

    // MARK: What is kept

    /// Frees what can be computed again, so that other calendars have room.
    mutating func giveBack() {
        answers.giveBack()
        state.forgetDays()
        feed.giveBack(seq: state.seq)
        countBytes()
    }

    /// Reports how many bytes are kept. Call it whenever that may have changed.
    private func countBytes() {
        let windows = feed.isEmpty ? (watched: 0, spare: 0) : feed.bytes
        account.set(
            .init(days: state.dayBytes, answers: answers.bytes, windows: windows.spare, watched: windows.watched)
        )
    }

    /// Passes on how many days were compiled, or found in the cache, since the last call.
    private mutating func countDays() {
        let cache = state.dayCache
        counts.days(hits: cache.hits - counted.hits, compiled: cache.compiled - counted.compiled)
        counted = cache
    }

    private func check(_ range: RangeQuery, _ zone: Zone, _ duration: Int?) throws(CommandError) {
        let errors = FieldErrors()
        range.check(in: zone, from: "/from", to: "/to", errors: errors)
        if let duration, !state.rules.allows(duration) {
            errors.add(
                "/duration_minutes", code: "duration_not_allowed",
                message: "must be one of \(state.rules.allowedDurations.map(String.init).joined(separator: ", "))"
            )
        }
        guard errors.isEmpty else { throw .invalid(ValidationError(errors: errors.all)) }
    }

    // MARK: Watching

    /// Adds a subscriber. It gets the current state before this returns.
    mutating func subscribe(
        _ query: FeedQuery, _ sink: any FeedSink, now: Instant
    ) throws(CommandError) -> FeedSubscriptionID {
        _ = try current()
        var query = query
        if let viewer = query.viewer {
            guard let permission = record.permission(of: viewer, at: now) else {
                throw .notFound(what: "calendar", pointer: nil)
            }
            query.includesAppointments = query.includesAppointments && permission >= .view
        }
        try check(query.range, query.zone ?? state.rules.zone, query.duration)
        // Earlier watchers first get all changes so far, so that all watchers continue from one state.
        publish(nil, isLate: true, now: now)
        defer { countBytes() }
        return try feed.subscribe(
            query, sink, &state, of: record, now: now, mayGrow: budget.hasRoom(toWatch: Feed.maxWindowBytes)
        )
    }

    /// Sends a subscriber the whole state again.
    mutating func resynchronize(_ id: FeedSubscriptionID, now: Instant) throws(CommandError) {
        publish(nil, isLate: true, now: now)
        try feed.resynchronize(id, seq: state.seq)
    }

    /// Tells the watchers what changed since the last message.
    mutating func publish(_ happening: Feed.Happening?, isLate: Bool, now: Instant) {
        reviewAccess(now)
        feed.publish(takeUntold(), happening, isLate: isLate, &state, now: now)
        countDays()
        if !feed.isEmpty { countBytes() }
    }

    /// Tells the watchers at once what they have missed: see ``Feed/catchUp(_:_:_:now:)``.
    mutating func catchUp(_ missed: [(seq: Int64, happening: Feed.Happening)], now: Instant) {
        reviewAccess(now)
        feed.catchUp(takeUntold(), missed, &state, now: now)
    }

    /// Before any other message, ends the subscriptions whose permission has changed, so that they subscribe again.
    private mutating func reviewAccess(_ now: Instant) {
        guard isAccessToReview || feed.isAccessDue(now) else { return }
        isAccessToReview = false
        feed.review(record, now: now)
    }

    /// The changes since the last message to the watchers; from now on they count as told.
    private mutating func takeUntold() -> CalendarState.Touched {
        absorbTouched()
        defer { untold = .nothing }
        return untold
    }

    /// Passes the state's changes on to the caches that depend on it.
    private mutating func absorbTouched() {
        let touched = state.takeTouched()
        answers.invalidate(touched)
        untold.merge(touched)
    }
}
