import Scheduling
import Testing

@Suite struct SlotGridTests {
    private typealias Make = CalendarFixtures

    @Test func slotsStepFromTheWindowsStartAndFitItWhole() {
        var state = Make.state {
            $0.openingRules.weekly = Make.week(547, 700)
            $0.slotInterval = 20
            $0.slotDuration = 50
        }
        #expect(state.starts() == [547, 567, 587, 607, 627, 647].map { Make.at(0, $0) })
    }

    @Test func theGridBeginsAnewAfterABreakButNotAfterAnAppointment() {
        let pause = MinuteInterval(startMinute: 610, endMinute: 617)!
        var state = Make.state([Make.appointment(1, Make.span(13, 50, minutes: 10))]) {
            $0.openingRules.weekly = Make.week(540, 900)
            $0.openingRules.breaks = [.init(id: nil, days: .weekdays([.tuesday]), interval: pause)]
            $0.slotDuration = 60
            $0.slotInterval = 60
        }
        #expect(state.starts() == [Make.at(9), Make.at(10, 17), Make.at(11, 17), Make.at(12, 17)])
    }

    @Test func windowsThatTouchAtMidnightCarryOneGrid() {
        var state = Make.state {
            $0.openingRules.weekly = .closed
            $0.openingRules.fixedDates = [
                isoDate("2026-11-02"): .init(
                    id: nil, intervals: [MinuteInterval(startMinute: 1_300, endMinute: 1_440)!]),
                isoDate("2026-11-03"): .init(id: nil, intervals: [MinuteInterval(startMinute: 0, endMinute: 200)!]),
            ]
            $0.slotDuration = 60
            $0.slotInterval = 90
        }
        let start = rfc3339("2026-11-02T21:40:00Z")
        let starts = state.starts(Span(start, Make.day.end), now: start)
        #expect(starts == [0, 90, 180, 270].map { start.adding(minutes: $0) })
    }

    @Test func aCalendarThatNeverClosesStepsForAWeekAndThenFromEachMidnight() {
        // Opens on the 1st at 10:00 for good. 50 minutes do not divide a day.
        var state = Make.state {
            $0.openingRules.weekly = Make.week(0, 1_440)
            $0.openingRules.fixedDates = [
                isoDate("2026-10-31"): .init(id: nil, intervals: []),
                isoDate("2026-11-01"): .init(
                    id: nil, intervals: [MinuteInterval(startMinute: 600, endMinute: 1_440)!]
                ),
            ]
            $0.slotInterval = 50
        }
        let opening = rfc3339("2026-11-01T10:00:00Z")
        let restart = rfc3339("2026-11-09T00:00:00Z")
        let starts = state.starts(Span(opening, restart.adding(days: 2)), now: opening)
        let first = (0..<1_000).map { opening.adding(minutes: $0 * 50) }.prefix { $0 < restart }
        let days = [0, 1].flatMap { day in
            (0...28).map { restart.adding(days: day).adding(minutes: $0 * 50) }
        }
        #expect(starts == first + days)
        // A date asked for alone has the same slots.
        var alone = CalendarState(rules: state.rules)
        let ninth = Span(restart, restart.adding(days: 1))
        #expect(alone.starts(ninth, now: opening) == starts.filter { ninth.contains($0) })
    }

    @Test func aDayIsCompiledOncePerRulesAndDuration() {
        var state = Make.state()
        let week = Span(Make.day.start, Make.day.start.adding(days: 7))
        _ = state.starts(week)
        let compiled = state.compiledDays
        #expect(compiled == 7)
        _ = state.starts(week)
        _ = state.starts(Make.day)
        _ = try? state.decideBooking(owner: Make.id(1), start: Make.at(10), duration: nil, now: Make.now)
        _ = state.starts(week)
        #expect(state.compiledDays == compiled)
        _ = state.starts(Span(Make.day.start, Make.day.start.adding(days: 9)))
        #expect(state.compiledDays == compiled + 2)
        #expect(state.dayCache.compiled == compiled + 2)
        #expect(state.dayCache.hits > 15)
    }

    @Test func theCacheIsBoundedAndStillRight() {
        var state = Make.state { $0.horizonDays = 3_650 }
        let expected = state.starts(Make.day)
        for year in 0..<6 {
            let start = Make.day.start.adding(days: year * 366)
            #expect(state.starts(Span(start, start.adding(days: 366))).count == 366 * 16)
        }
        #expect(state.starts(Make.day) == expected)
    }

    @Test func aSlotBelongsToTheRangeItsStartLiesIn() {
        var state = Make.state()
        #expect(state.starts(Span(Make.at(9), Make.at(9, 30))) == [Make.at(9)])
        #expect(state.starts(Span(Make.at(9).adding(microseconds: 1), Make.at(10))) == [Make.at(9, 30)])
        #expect(state.starts(Span(Make.at(9), Make.at(9))) == [])
    }
}
