import Scheduling
import Testing

/// What the clock alone changes, and when: to the microsecond.
@Suite struct ValidUntilTests {
    private typealias Make = CalendarFixtures

    @Test func anAnswerIsConstantUntilItsValidUntil() {
        var changes = 0
        for seed in ModelRun.seeds(share: 0.3) {
            var calendar = RandomCalendar(seed: seed)
            var state = calendar.state
            var now = calendar.now
            for _ in 0..<6 {
                let answer = state.availability(in: calendar.range, duration: calendar.duration, now: now)
                let end = answer.validUntil ?? now.adding(days: 400)
                guard end > now else {
                    Issue.record("valid until \(end), which is not after \(now): \(calendar)")
                    return
                }
                let between = now.adding(microseconds: Int64.random(in: 0..<end - now, using: &calendar.random))
                for later in [now, between, end.adding(microseconds: -1)] {
                    let same = state.availability(in: calendar.range, duration: calendar.duration, now: later)
                    #expect(same.slots == answer.slots, "at \(later), valid from \(now) until \(end): \(calendar)")
                    if same.slots != answer.slots { return }
                }
                guard answer.validUntil != nil else { break }
                let next = state.availability(in: calendar.range, duration: calendar.duration, now: end)
                if next.slots != answer.slots { changes += 1 }
                now = end
            }
        }
        #expect(changes > ModelRun.calendars / 20, "the clock changed so little that nothing was tried")
    }

    @Test func aSlotLeavesWhenItsNoticeHasBegunAndNotBefore() {
        var state = Make.state { $0.minNotice = 60 }
        let last = Make.at(8)
        let answer = state.availability(in: Make.day, duration: 30, now: last)
        #expect(answer.slots.first?.start == Make.at(9))
        #expect(answer.validUntil == last.adding(microseconds: 1))
        #expect(state.starts(now: last.adding(microseconds: -1)).first == Make.at(9))
        #expect(state.starts(now: last.adding(microseconds: 1)).first == Make.at(9, 30))
    }

    @Test func aSlotEntersWhenTheHorizonReachesIt() {
        var state = Make.state { $0.horizonDays = 2 }
        let entry = Make.at(9).adding(days: -2)
        let answer = state.availability(in: Make.day, duration: 30, now: entry.adding(microseconds: -1))
        #expect(answer.slots.isEmpty)
        #expect(answer.validUntil == entry)
        let next = state.availability(in: Make.day, duration: 30, now: entry)
        #expect(next.slots.map(\.start) == [Make.at(9)])
        #expect(next.validUntil == entry.adding(minutes: 30))
    }

    @Test func theHorizonAlsoOpensARangeThatLiesWhollyBeyondIt() {
        var state = Make.state { $0.horizonDays = 2 }
        let answer = state.availability(in: Make.day, duration: 30, now: Make.now.adding(days: -40))
        #expect(answer.slots.isEmpty)
        #expect(answer.validUntil == Make.at(9).adding(days: -2))
    }

    @Test func aHoldEndsAtItsExpiry() {
        let end = Make.at(8, 5)
        var state = Make.state([Make.hold(1, Make.span(12), until: end)])
        let answer = state.availability(in: Make.day, duration: 30, now: Make.now)
        #expect(!answer.slots.contains { $0.start == Make.at(12) })
        #expect(answer.validUntil == end)
        #expect(!state.starts(now: end.adding(microseconds: -1)).contains(Make.at(12)))
        #expect(state.starts(now: end).contains(Make.at(12)))
    }

    @Test func aHoldThatFillsTheDayIsWaitedFor() {
        let end = Make.at(8, 5)
        var state = Make.state([Make.hold(1, Make.span(6), until: end)]) { $0.maxBookingsPerDay = 1 }
        let answer = state.availability(in: Make.span(16, minutes: 30), duration: 30, now: Make.now)
        #expect(answer.slots.isEmpty)
        #expect(answer.validUntil == end)
        #expect(state.starts(Make.span(16), now: end) == [Make.at(16)])
    }

    @Test func whatIsBeingWrittenKeepsItsTimeWhateverTheClockSays() throws {
        var state = Make.state()
        _ = try state.decideHold(owner: Make.id(1), start: Make.at(12), duration: nil, now: Make.now)
        let answer = state.availability(in: Make.day, duration: 30, now: Make.now)
        #expect(answer.validUntil == Make.at(9).adding(microseconds: 1))
        #expect(!state.starts(now: Make.now.adding(minutes: 30)).contains(Make.at(12)))
        #expect(state.decideExpiry(now: Make.now.adding(minutes: 30)).isEmpty)
        #expect(state.nextExpiry == nil, "a timer set for it would fire again and again")
    }

    @Test func aClosedCalendarIsNeverChangedByTheClock() {
        var closed = Make.state { $0.openingRules.weekly = .closed }
        #expect(closed.availability(in: Make.day, duration: 30, now: Make.now).validUntil == nil)
        var inactive = Make.state { $0.isActive = false }
        #expect(inactive.availability(in: Make.day, duration: 30, now: Make.now).slots.isEmpty)
        #expect(inactive.availability(in: Make.day, duration: 30, now: Make.now).validUntil == nil)
        var open = Make.state()
        #expect(open.availability(in: Span(Make.now, Make.now), duration: 30, now: Make.now).validUntil == nil)
    }
}
