import Scheduling
import TestSupport
import Testing

/// What is offered first after a range.
@Suite struct NextStartTests {
    private typealias Make = CalendarFixtures

    @Test func itIsTheFirstOfAllThatAreOffered() {
        var (found, none) = (0, 0)
        for seed in ModelRun.seeds(share: 0.05) {
            let calendar = RandomCalendar(seed: seed)
            for hours in [-48, 0, 5, 30, 24 * 9, 24 * 80] {
                var state = calendar.state
                let end = calendar.now.adding(minutes: hours * 60)
                let next = state.nextStart(from: end, duration: calendar.duration, now: calendar.now)
                let through = next.start?.adding(microseconds: 1) ?? end.adding(days: 120)
                let slots = state.availability(
                    in: Span(end, through), duration: calendar.duration, now: calendar.now
                ).slots
                #expect(slots.map(\.start) == (next.start.map { [$0] } ?? []), "from \(end) in \(calendar)")
                if next.start == nil { none += 1 } else { found += 1 }
            }
        }
        #expect(found > 0 && none > 0)
    }

    @Test func itStaysUntilTheClockMayChangeIt() {
        var changes = 0
        for seed in ModelRun.seeds(share: 0.2) {
            var calendar = RandomCalendar(seed: seed)
            var state = calendar.state
            let from = calendar.range.end
            var now = calendar.now
            for _ in 0..<6 {
                let next = state.nextStart(from: from, duration: calendar.duration, now: now)
                let end = next.validUntil ?? now.adding(days: 400)
                #expect(end > now, "\(calendar)")
                guard end > now else { return }
                let between = now.adding(microseconds: Int64.random(in: 0..<end - now, using: &calendar.random))
                for later in [now, between, end.adding(microseconds: -1)] {
                    let same = state.nextStart(from: from, duration: calendar.duration, now: later)
                    #expect(same.start == next.start, "at \(later), valid from \(now) until \(end): \(calendar)")
                }
                guard next.validUntil != nil else { break }
                if state.nextStart(from: from, duration: calendar.duration, now: end).start != next.start {
                    changes += 1
                }
                now = end
            }
        }
        #expect(changes > 0)
    }

    @Test func itIsWithinTheHorizon() {
        var state = Make.state { $0.horizonDays = 2 }
        let last = Make.now.adding(days: 2)
        #expect(state.nextStart(from: Make.at(17), duration: 30, now: Make.now).start == Make.at(24 + 9))
        let after = state.nextStart(from: Make.at(24 + 17), duration: 30, now: Make.now)
        #expect(after.start == nil && last < Make.at(48 + 9))
        #expect(after.validUntil == Make.at(9))
        #expect(state.nextStart(from: Make.at(24 + 17), duration: 30, now: Make.at(9)).start == Make.at(48 + 9))
    }

    @Test func whereNothingIsOfferedThereIsNone() {
        var closed = Make.state { $0.openingRules = OpeningRules() }
        #expect(closed.nextStart(from: Make.at(9), duration: 30, now: Make.now).start == nil)
        var inactive = Make.state { $0.isActive = false }
        let next = inactive.nextStart(from: Make.at(9), duration: 30, now: Make.now)
        #expect(next.start == nil && next.validUntil == nil)
    }

    /// Ten years of minutes that are taken are not looked at one by one.
    @Test func whatIsTakenForLongIsPassedOver() {
        let years = Span(Make.now.adding(days: -1), Make.now.adding(days: 3_600))
        var state = Make.state([], external: [years]) {
            $0.horizonDays = 3_650
            $0.slotDuration = 1
            $0.slotInterval = 1
            $0.openingRules = OpeningRules(weekly: Make.week(0, 1_440))
        }
        var start: Instant?
        let cost = ContinuousClock().measure {
            start = state.nextStart(from: Make.at(9), duration: 1, now: Make.now).start
        }
        #expect(start == years.end)
        #expect(cost < .seconds(1))
    }

    @Test func aSearchThatTakesMoreThanItMayEndsWithoutAnAnswer() {
        var state = Make.state(external: [Span(Make.now, Make.now.adding(days: 3_000))]) { $0.horizonDays = 3_650 }
        #expect(state.nextStart(from: Make.at(9), duration: 30, now: Make.now, effort: 100_000) == nil)
        #expect(state.nextStart(from: Make.at(9), duration: 30, now: Make.now, effort: .max)?.start != nil)
    }
}
