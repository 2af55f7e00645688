import Scheduling
import Testing

/// What is offered can be booked, and what is not is refused with the opening rule that refuses first.
@Suite struct VerdictModelTests {
    @Test func theVerdictNamesTheOpeningRulesOfTheModelInTheirOrder() {
        var seen: [ReasonCode: Int] = [:]
        for seed in ModelRun.seeds(share: 0.3) {
            var calendar = RandomCalendar(seed: seed)
            var state = calendar.state
            let model = NaiveCalendar(calendar)
            for start in calendar.candidateStarts(model) {
                let expected = model.refusals(start: start, now: calendar.now)
                let verdict = state.verdict(start: start, duration: calendar.duration, now: calendar.now)
                #expect(verdict.reasons.map(\.code) == expected, "\(start) in \(calendar)")
                let slot = Span(start, start.adding(minutes: calendar.duration))
                let seat = expected.isEmpty ? model.seat(slot, now: calendar.now) : nil
                #expect(verdict.seat == seat, "\(start) in \(calendar)")
                for code in expected.prefix(1) { seen[code, default: 0] += 1 }
            }
        }
        // A few calendars cannot show all of them.
        guard ModelRun.calendars >= 500 else { return }
        for code in ReasonCode.allCases { #expect(seen[code, default: 0] > 0, "\(code) was never the first") }
    }

    @Test func whatIsOfferedIsBookedAndWhatIsNotIsRefused() {
        for seed in ModelRun.seeds(share: 0.3) {
            var calendar = RandomCalendar(seed: seed)
            let state = calendar.state
            let model = NaiveCalendar(calendar)
            for start in calendar.candidateStarts(model).prefix(12) {
                var asked = state
                let moment = Span(start, start.adding(microseconds: 1))
                let offered = asked.availability(in: moment, duration: calendar.duration, now: calendar.now).slots
                var deciding = state
                do {
                    let decision = try deciding.decideBooking(
                        owner: CalendarFixtures.id(77), start: start, duration: calendar.duration, now: calendar.now
                    )
                    #expect(offered.map(\.start) == [start], "booked though not offered: \(start) in \(calendar)")
                    let slot = Span(start, start.adding(minutes: calendar.duration))
                    #expect(decision.entry?.seat == model.seat(slot, now: calendar.now), "\(calendar)")
                } catch {
                    #expect(offered.isEmpty, "refused though offered: \(start) in \(calendar)")
                    let first = model.refusals(start: start, now: calendar.now).first
                    #expect(error.reasons.first?.code == first, "\(start) in \(calendar)")
                    #expect(deciding.occupancy.entries == state.occupancy.entries, "a refusal leaves no mark")
                }
            }
        }
    }

    @Test func anOverriddenBookingIsRefusedByTheOpeningRulesThatStand() {
        for seed in ModelRun.seeds(share: 0.15) {
            var calendar = RandomCalendar(seed: seed)
            let state = calendar.state
            let model = NaiveCalendar(calendar)
            for start in calendar.candidateStarts(model) {
                let overriding = Set(ReasonCode.allCases.filter { _ in calendar.random.chance(50) })
                let standing = model.refusals(start: start, now: calendar.now)
                    .filter { !overriding.contains($0) || !ReasonCode.overridable.contains($0) }
                var deciding = state
                do {
                    _ = try deciding.decideBooking(
                        owner: CalendarFixtures.id(77), start: start, duration: calendar.duration,
                        overriding: overriding, now: calendar.now
                    )
                    #expect(standing.isEmpty, "\(start) in \(calendar)")
                } catch {
                    #expect(error.reasons.map(\.code) == standing, "\(start) in \(calendar)")
                }
            }
        }
    }
}

extension RandomCalendar {
    /// Starts on the grid, beside it by a microsecond or a minute, at the ends of things, and anywhere.
    mutating func candidateStarts(_ model: NaiveCalendar) -> [Instant] {
        let grid = model.grid(in: range)
        var starts = (0..<8).compactMap { _ in grid.randomElement(using: &random) }
        starts += starts.prefix(2).map { $0.adding(microseconds: random.chance(50) ? 1 : -1) }
        starts += starts.prefix(2).map { $0.adding(minutes: random.chance(50) ? 1 : -1) }
        for entry in entries.shuffled(using: &random).prefix(2) {
            starts.append(entry.span.end.adding(minutes: rules.buffers.betweenAppointments))
            starts.append(entry.span.start.adding(minutes: -duration - rules.buffers.betweenAppointments))
        }
        starts += (0..<4).map { _ in random.moment(in: range) }
        starts.append(now.adding(minutes: rules.minNotice))
        if let days = rules.horizonDays { starts.append(now.adding(days: days)) }
        return starts.filter { range.start.adding(days: -1) <= $0 && $0 < range.end.adding(days: 1) }
    }
}

extension Refusal {
    var reasons: [Reason] {
        if case .slotUnavailable(let reasons, _) = self { reasons } else { [] }
    }

    var alternatives: [Span] {
        if case .slotUnavailable(_, let alternatives) = self { alternatives } else { [] }
    }
}
