/// A calendar in memory: its rules and who has which time. It decides; it does no I/O and reads no clock.
///
/// Every `decide…` checks and places its mark in one synchronous step, so whatever runs while the decision is being
/// written sees the time as taken:
///
///     free ──decideHold──► hold (in flight) ──apply──► hold ──decideConfirmation──► hold (in flight)
///      ▲ │                       │ abandon              │ │                              │ apply
///      │ └──decideBooking──► appointment (in flight)    │ └─decideExpiry─► expiring      ▼
///      │                         │ abandon │ apply      │                    │ apply   appointment
///      └─────────────────────────┘         └────────────┼──► appointment     │           │
///      └──────────────── vacate applied ◄───────────────┴────────────────────┴───────────┘
public struct CalendarState: Sendable {
    public internal(set) var rules: SchedulingRules
    /// The sequence number of the last applied event.
    public internal(set) var seq: Int64
    public internal(set) var occupancy: Occupancy
    /// Busy time of synced calendars, a normal list.
    public private(set) var externalBusy: [Span]
    /// What the changes since the last ``takeTouched()`` may have altered.
    var touched: Touched = .nothing
    var grid = SlotGrid()

    /// What a change may have altered: the slots, of any duration, that start in these spans.
    public enum Touched: Sendable, Equatable {
        case nothing
        case spans([Span])
        case everything

        /// Adds what else was altered. Past a few dozen spans it is simply everything.
        public mutating func merge(_ other: Touched) {
            switch (self, other) {
            case (_, .nothing), (.everything, _): break
            case (.nothing, _), (_, .everything): self = other
            case (.spans(let known), .spans(let more)):
                self = known.count + more.count <= 64 ? .spans(known + more) : .everything
            }
        }
    }

    public init(
        rules: SchedulingRules, seq: Int64 = 0, entries: [Occupancy.Entry] = [], externalBusy: [Span] = []
    ) {
        self.rules = rules
        self.seq = seq
        occupancy = Occupancy(entries)
        self.externalBusy = SpanAlgebra.normalized(externalBusy)
    }

    /// Keeps a time for a while. `owner` is minted by the caller and becomes the appointment's id.
    public mutating func decideHold(
        owner: ID, start: Instant, duration: Int?, now: Instant
    ) throws(Refusal) -> Decision {
        let duration = try allowed(duration)
        let seat = try seat(start: start, duration: duration, overriding: [], now: now)
        let entry = Occupancy.Entry(
            owner: owner, span: Span(start, start.adding(minutes: duration)), seat: seat, kind: .hold,
            expiresAt: now.adding(minutes: rules.holdMinutes), isInFlight: true
        )
        mark(entry)
        return .occupy(entry)
    }

    /// Books a time that nobody holds.
    public mutating func decideBooking(
        owner: ID, start: Instant, duration: Int?, overriding: Set<ReasonCode> = [], now: Instant
    ) throws(Refusal) -> Decision {
        let duration = try allowed(duration)
        let seat = try seat(
            start: start, duration: duration, overriding: overriding.intersection(ReasonCode.overridable), now: now
        )
        let entry = Occupancy.Entry(
            owner: owner, span: Span(start, start.adding(minutes: duration)), seat: seat, kind: .appointment,
            isInFlight: true
        )
        mark(entry)
        return .occupy(entry)
    }

    /// Turns a live hold into its appointment. The opening rules were asked when it was placed.
    public mutating func decideConfirmation(
        of owner: ID, start: Instant, duration: Int?, now: Instant
    ) throws(Refusal) -> Decision {
        guard let held = occupancy.entry(of: owner), held.kind == .hold, held.isLive(now) else {
            throw .holdExpired
        }
        guard !held.isInFlight else { throw .holdBusy }
        let end = duration.map { start.adding(minutes: $0) } ?? held.span.end
        guard held.span == Span(start, end) else { throw .holdMismatch(held: held.span) }
        occupancy.update(owner) { $0.isInFlight = true }
        var entry = held
        entry.kind = .appointment
        entry.expiresAt = nil
        return .confirm(entry)
    }

    /// Gives a hold up before its time.
    public mutating func decideRelease(of owner: ID, now: Instant) throws(Refusal) -> Decision {
        guard let held = occupancy.entry(of: owner), held.kind == .hold, held.isLive(now) else {
            throw .holdExpired
        }
        guard !held.isInFlight else { throw .holdBusy }
        occupancy.update(owner) { $0.isInFlight = true }
        return .vacate(owner: owner)
    }

    /// Sets an appointment's time free.
    public func decideVacating(_ owner: ID) -> Decision { .vacate(owner: owner) }

    /// The holds whose time is up and whose end nobody is writing yet: at most `limit`, and all that overlap `wanted`.
    public mutating func decideExpiry(now: Instant, wanted: Span? = nil, limit: Int = 64) -> [Decision] {
        func isDue(_ entry: Occupancy.Entry) -> Bool {
            guard entry.kind == .hold, !entry.isExpiring, !entry.isInFlight else { return false }
            return !entry.isLive(now) || (entry.expiresAt.map { Self.isStray($0, now) } ?? false)
        }
        var expired = Array(occupancy.entries.lazy.filter(isDue).prefix(limit))
        if expired.count == limit, let wanted {
            let known = Set(expired.map(\.owner))
            expired += occupancy.entries(around: wanted).filter {
                isDue($0) && $0.span.overlaps(wanted) && !known.contains($0.owner)
            }
        }
        for entry in expired { occupancy.update(entry.owner) { $0.isExpiring = true } }
        return expired.map { .expire($0) }
    }

    /// Whether no hold that was placed by now can end so late: its clock was ahead of ours. A hold lasts a day at most,
    /// and three times as long if it is extended.
    static func isStray(_ expiresAt: Instant, _ now: Instant) -> Bool { expiresAt > now.adding(days: 4) }

    /// Whether there is such a hold.
    public func hasStrayHolds(now: Instant) -> Bool {
        occupancy.entries.contains { $0.kind == .hold && ($0.expiresAt.map { Self.isStray($0, now) } ?? false) }
    }

    /// When the next hold ends by the clock. One that is being written does not: ask anew when it has been.
    public var nextExpiry: Instant? {
        occupancy.entries.lazy.filter { $0.kind == .hold && !$0.isExpiring && !$0.isInFlight }
            .compactMap(\.expiresAt).min()
    }

    /// Forgets appointments that ended before `instant`: they can no longer keep anybody from anything.
    public mutating func forget(endedBefore instant: Instant) { occupancy.forget(endedBefore: instant) }

    /// Takes a written decision over. Call in order of `seq`, the last number the write was given.
    public mutating func apply(_ decision: Decision, seq: Int64?) {
        if let seq { self.seq = max(self.seq, seq) }
        switch decision {
        case .occupy(let entry):
            touch(entry.span)
            occupancy.update(entry.owner) {
                $0.isInFlight = false
                $0.isUnwritten = false
            }
        case .confirm(let entry):
            touch(entry.span)
            occupancy.update(entry.owner) {
                $0.kind = .appointment
                $0.expiresAt = nil
                $0.isInFlight = false
            }
        case .vacate(let owner):
            vacate(owner)
        case .expire(let entry):
            vacate(entry.owner)
        case .reconfigure(let rules):
            reconfigure(rules)
        case .record:
            break
        }
    }

    /// Takes back the mark of a decision that was not written.
    public mutating func abandon(_ decision: Decision) {
        switch decision {
        case .occupy(let entry):
            vacate(entry.owner)
        case .confirm(let entry):
            touch(entry.span)
            occupancy.update(entry.owner) { $0.isInFlight = false }
        case .vacate(let owner):
            // A hold that was to be released ends by the clock again, which answers made meanwhile do not expect.
            if let entry = occupancy.entry(of: owner) { touch(entry.span) }
            occupancy.update(owner) { $0.isInFlight = false }
        case .expire(let entry):
            occupancy.update(entry.owner) { $0.isExpiring = false }
        case .reconfigure, .record:
            break
        }
    }

    /// What was altered since the last call.
    public mutating func takeTouched() -> Touched {
        defer { touched = .nothing }
        return touched
    }

    private func allowed(_ duration: Int?) throws(Refusal) -> Int {
        guard let duration else { return rules.slotDuration }
        guard rules.allows(duration) else {
            throw .durationNotAllowed(allowed: rules.allowedDurations)
        }
        return duration
    }

    private mutating func seat(
        start: Instant, duration: Int, overriding: Set<ReasonCode>, now: Instant
    ) throws(Refusal) -> Int {
        let verdict = verdict(start: start, duration: duration, overriding: overriding, now: now)
        guard let seat = verdict.seat else {
            throw .slotUnavailable(
                reasons: verdict.reasons,
                alternatives: alternatives(to: start, duration: duration, now: now)
            )
        }
        return seat
    }

    private mutating func mark(_ entry: Occupancy.Entry) {
        var entry = entry
        entry.isUnwritten = true
        occupy(entry)
    }

    mutating func occupy(_ entry: Occupancy.Entry) {
        occupancy.insert(entry)
        touch(entry.span)
    }

    mutating func vacate(_ owner: ID) {
        guard let entry = occupancy.entry(of: owner) else { return }
        occupancy.remove(owner)
        touch(entry.span)
    }

    /// Notes the starts that time taken or set free may alter: of slots that run into it or come too near to it, and,
    /// where a day's bookings are counted, of the whole date.
    private mutating func touch(_ taken: Span) {
        let gap = rules.buffers.betweenAppointments
        var starts = Span(
            taken.start.adding(minutes: -(rules.longestDuration + gap)), taken.end.adding(minutes: gap)
        )
        if rules.maxBookingsPerDay != nil {
            let date = rules.zone.day(of: taken.start)
            starts.start = min(starts.start, rules.zone.firstInstant(of: date))
            starts.end = max(starts.end, rules.zone.firstInstant(of: date.adding(days: 1)))
        }
        touched.merge(.spans([starts]))
    }
}
