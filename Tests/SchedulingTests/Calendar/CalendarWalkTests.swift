import Scheduling
import Testing

/// A random life of a calendar: commands decided, written or lost, and the clock going on.
@Suite struct CalendarWalkTests {
    /// An answer somebody keeps.
    struct Kept {
        var range: Span
        var duration: Int
        var answer: Availability
    }

    /// A calendar, what is being written about it, and what has been told of it.
    struct Walk {
        var calendar: RandomCalendar
        var state: CalendarState
        var now: Instant
        var pending: [Decision] = []
        var kept: [Kept] = []
        var owner: UInt64 = 1_000

        init(seed: UInt64) {
            calendar = RandomCalendar(seed: seed)
            // Entries that could have come to be: of the random ones those that have another's seat are left out.
            var entries: [Occupancy.Entry] = []
            for entry in calendar.entries where !entry.isInFlight {
                if !entries.contains(where: { $0.seat == entry.seat && $0.span.overlaps(entry.span) }) {
                    entries.append(entry)
                }
            }
            state = CalendarState(rules: calendar.rules, entries: entries, externalBusy: calendar.external)
            now = calendar.now
        }

        mutating func step() {
            let entry = state.occupancy.entries.randomElement(using: &calendar.random)
            owner += 1
            let id = CalendarFixtures.id(owner)
            let start =
                kept.randomElement(using: &calendar.random)?.answer.slots.randomElement(using: &calendar.random)?.start
                ?? calendar.random.moment(in: calendar.range)
            switch calendar.random.int(0...9) {
            case 0, 1:
                pending += decide { (state, duration, now) throws(Refusal) in
                    try state.decideHold(owner: id, start: start, duration: duration, now: now)
                }
            case 2:
                pending += decide { (state, duration, now) throws(Refusal) in
                    try state.decideBooking(owner: id, start: start, duration: duration, now: now)
                }
            case 3:
                guard let entry else { return }
                pending += decide { (state, _, now) throws(Refusal) in
                    try state.decideConfirmation(of: entry.owner, start: entry.span.start, duration: nil, now: now)
                }
            case 4:
                guard let entry else { return }
                pending += decide { (state, _, now) throws(Refusal) in
                    try state.decideRelease(of: entry.owner, now: now)
                }
            case 5:
                guard let entry, entry.kind == .appointment, !entry.isInFlight else { return }
                pending.append(state.decideVacating(entry.owner))
            case 6: pending += state.decideExpiry(now: now)
            case 7:
                now = now.adding(microseconds: Int64(calendar.random.int(0...400_000_000)))
            default:
                guard !pending.isEmpty else { return }
                let decision = pending.removeFirst()
                if calendar.random.chance(30) { state.abandon(decision) } else { state.apply(decision, seq: nil) }
            }
        }

        private mutating func decide(
            _ body: (inout CalendarState, Int, Instant) throws(Refusal) -> Decision
        ) -> [Decision] {
            let before = state.occupancy.entries
            do {
                return [try body(&state, calendar.duration, now)]
            } catch {
                #expect(state.occupancy.entries == before, "a refusal leaves no mark: \(calendar)")
                return []
            }
        }

        /// Drops what the state says it touched and what the clock made old, then looks at the rest.
        mutating func checkKept() -> Bool {
            switch state.takeTouched() {
            case .nothing: break
            case .spans(let spans): kept.removeAll { kept in spans.contains { $0.overlaps(kept.range) } }
            case .everything: kept = []
            }
            let now = now
            kept.removeAll { $0.answer.validUntil.map { now >= $0 } ?? false }
            for kept in kept {
                let fresh = state.availability(in: kept.range, duration: kept.duration, now: now)
                guard fresh.slots == kept.answer.slots else {
                    Issue.record("\(kept.range) at \(now): \(calendar)")
                    return false
                }
            }
            while kept.count < 8 {
                let start = calendar.random.moment(in: calendar.range)
                let range = Span(start, start.adding(minutes: calendar.random.int(1...1_000)))
                let duration = calendar.rules.allowedDurations.randomElement(using: &calendar.random)!
                let answer = state.availability(in: range, duration: duration, now: now)
                kept.append(Kept(range: range, duration: duration, answer: answer))
            }
            return true
        }

        /// No two that have their time now share it in one seat.
        func checkSeats() {
            let live = state.occupancy.entries.filter { entry in
                entry.isInFlight || entry.kind == .appointment || entry.expiresAt.map { now < $0 } ?? true
            }
            for (index, entry) in live.enumerated() {
                for other in live[(index + 1)...] where other.seat == entry.seat {
                    #expect(!other.span.overlaps(entry.span), "\(entry) \(other): \(calendar)")
                }
            }
        }
    }

    @Test func aKeptAnswerIsRightUntilItIsTouchedOrItsTimeIsUp() {
        for seed in ModelRun.seeds(share: 0.15) {
            var walk = Walk(seed: seed)
            for _ in 0..<60 {
                guard walk.checkKept() else { return }
                walk.step()
            }
            walk.checkSeats()
        }
    }
}
