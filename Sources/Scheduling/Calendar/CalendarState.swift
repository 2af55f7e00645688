/// A calendar in memory: its rules and who has which time. It decides; it does no I/O and reads no clock.
///
/// Every `decide…` checks and places its mark in one synchronous step. Calls that run while the decision is being
/// written see the time as taken:
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
    /// What may have changed since the last ``takeTouched()``.
    var touched: Touched = .nothing
    var grid = SlotGrid()

    /// The slots, of any duration, that a change may have affected: those that start in these spans.
    public enum Touched: Sendable, Equatable {
        case nothing
        case spans([Span])
        case everything

        /// Adds another change. Beyond a few dozen spans the result is simply everything.
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

    /// Reserves a time for a while. The caller mints `owner`, which becomes the appointment's id.
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

    /// Turns a live hold into its appointment. The opening rules were checked when the hold was placed.
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

    /// Releases a hold before it expires.
    public mutating func decideRelease(of owner: ID, now: Instant) throws(Refusal) -> Decision {
        guard let held = occupancy.entry(of: owner), held.kind == .hold, held.isLive(now) else {
            throw .holdExpired
        }
        guard !held.isInFlight else { throw .holdBusy }
        occupancy.update(owner) { $0.isInFlight = true }
        return .vacate(owner: owner)
    }

    /// Frees an appointment's time.
    public func decideVacating(_ owner: ID) -> Decision { .vacate(owner: owner) }

    /// The expired holds whose end is not being written yet: at most `limit`, plus all that overlap `wanted`.
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

    /// Whether a hold ends later than any hold placed by now can: the clock that placed it was ahead. A hold lasts at
    /// most a day, and three times as long if it is extended.
    static func isStray(_ expiresAt: Instant, _ now: Instant) -> Bool { expiresAt > now.adding(days: 4) }

    /// Whether there is such a hold.
    public func hasStrayHolds(now: Instant) -> Bool {
        occupancy.entries.contains { $0.kind == .hold && ($0.expiresAt.map { Self.isStray($0, now) } ?? false) }
    }

    /// When the next hold ends by the clock. Ignores holds that are being written: ask again after the write.
    public var nextExpiry: Instant? {
        occupancy.entries.lazy.filter { $0.kind == .hold && !$0.isExpiring && !$0.isInFlight }
            .compactMap(\.expiresAt).min()
    }

    /// Forgets appointments that ended before `instant`: they can no longer conflict with anything.
    public mutating func forget(endedBefore instant: Instant) { occupancy.forget(endedBefore: instant) }

    /// Applies a written decision. Call in order of `seq`, the last number that the write got.
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

    /// Removes the mark of a decision that was not written.
    public mutating func abandon(_ decision: Decision) {
        switch decision {
        case .occupy(let entry):
            vacate(entry.owner)
        case .confirm(let entry):
            touch(entry.span)
            occupancy.update(entry.owner) { $0.isInFlight = false }
        case .vacate(let owner):
            // The hold ends by the clock again; answers computed meanwhile do not know that.
            if let entry = occupancy.entry(of: owner) { touch(entry.span) }
            occupancy.update(owner) { $0.isInFlight = false }
        case .expire(let entry):
            occupancy.update(entry.owner) { $0.isExpiring = false }
        case .reconfigure, .record:
            break
        }
    }

    /// What changed since the last call.
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

    /// Notes the starts that taken or freed time may affect: slots that overlap it or come too close to it and, if a
    /// day's bookings are counted, the whole date.
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
