import Testing

@testable import Scheduling

/// What is known of a range before it is compiled.
@Suite struct SlotBoundTests {
    private typealias Make = CalendarFixtures

    /// Always open, in steps of a minute.
    private static func minutes(_ change: (inout SchedulingRules) -> Void = { _ in }) -> CalendarState {
        Make.state { rules in
            rules.openingRules.weekly = Make.week(0, 1_440)
            rules.slotDuration = 1
            rules.slotInterval = 1
            rules.horizonDays = 3_650
            change(&rules)
        }
    }

    @Test func aYearOfMinutesIsRefusedWithoutBeingCompiled() {
        let state = Self.minutes()
        let year = Span(Make.day.start, Make.day.start.adding(days: 366))
        #expect(state.offersMore(than: 250_000, in: year, duration: 1, now: Make.now))
        #expect(!state.offersMore(than: 600_000, in: year, duration: 1, now: Make.now))
        #expect(state.compiledDays == 0)
        #expect(state.dayBytes == 0)
    }

    @Test(arguments: [1, 7, 30, 170])
    func theBoundIsTheNumberOfStarts(days: Int) {
        var state = Self.minutes {
            $0.openingRules.weekly = Make.week(540, 1_020)
            $0.minNotice = 90
            $0.horizonDays = 20
        }
        let range = Span(Make.at(0), Make.at(0).adding(days: days))
        let count = state.starts(range, now: Make.now).count
        #expect(!state.offersMore(than: count, in: range, duration: 1, now: Make.now))
        #expect(state.offersMore(than: count - 1, in: range, duration: 1, now: Make.now))
    }

    @Test func windowsThatAreAsShortAsSlotsMayHaveMoreStartsThanSteps() {
        var state = Self.minutes {
            $0.slotInterval = 60
            $0.openingRules.weekly = WeeklyHours(
                Weekday.allCases.flatMap { day in
                    stride(from: 0, to: 1_440, by: 2).map { (day, MinuteInterval(startMinute: $0, endMinute: $0 + 1)!) }
                }
            )
        }
        #expect(state.starts(now: Make.day.start).count == 720)
        #expect(state.offersMore(than: 719, in: Make.day, duration: 1, now: Make.day.start))
        #expect(!state.offersMore(than: 720, in: Make.day, duration: 1, now: Make.day.start))
    }

    @Test func aYearOfMinutesTakesTheRoomOfItsWindows() {
        var state = Self.minutes()
        for quarter in 0..<3 {
            let start = Make.day.start.adding(days: 120 * quarter)
            #expect(state.starts(Span(start, start.adding(days: 120)), now: start).count == 120 * 1_440)
        }
        #expect(state.dayBytes > 0)
        #expect(state.dayBytes < 131_072)
        state.forgetDays()
        #expect(state.dayBytes == 0)
    }

    @Test func effortIsThatOfWhatIsNotAtHand() {
        var state = Make.state()
        let week = Span(Make.day.start, Make.day.start.adding(days: 7))
        let cold = state.effort(in: week, duration: 30, now: Make.now)
        _ = state.starts(week)
        #expect(state.effort(in: week, duration: 30, now: Make.now) < cold)
        #expect(Self.minutes().effort(in: week, duration: 1, now: Make.now) > cold)
        #expect(cold < 1_000_000)
    }

    @Test func aStretchIsCutByArithmetic() {
        var starts = DayStarts(step: 30 * 60_000_000)
        starts.append(.init(first: Make.at(9), count: 4))
        starts.append(.init(first: Make.at(12), count: 1))
        #expect(starts.all == [Make.at(9), Make.at(9, 30), Make.at(10), Make.at(10, 30), Make.at(12)])
        #expect(starts.count == 5)
        for minute in stride(from: 480, to: 800, by: 5) {
            let instant = Make.at(0, minute)
            #expect(starts.holds(instant) == starts.all.contains(instant))
            #expect(starts.first(after: instant) == starts.all.first { $0 > instant })
            for length in [0, 5, 30, 61] {
                let end = instant.adding(minutes: length)
                let parts = starts.runs.map { starts.part(of: $0, from: instant, through: end) }
                let inside = starts.all.filter { instant <= $0 && $0 <= end }
                #expect(parts.reduce(0) { $0 + $1.count } == inside.count)
                #expect(parts.first { $0.count > 0 }?.first == inside.first)
            }
        }
    }

    /// A calendar that opens far behind the horizon is searched in stretches that double.
    @Test func theNextStartBehindTheHorizonIsFound() {
        var state = Make.state { rules in
            rules.horizonDays = 1
            rules.openingRules.weekly = .closed
            rules.openingRules.customWeeks = [
                .init(
                    id: nil, startsOn: isoDate("2027-06-01"), endsOn: isoDate("2027-06-01"), hours: Make.week(600, 660),
                    priority: 0)
            ]
        }
        let answer = state.availability(
            in: Span(Make.day.start, Make.day.start.adding(days: 366)), duration: 30, now: Make.now
        )
        #expect(answer.slots.isEmpty)
        #expect(answer.validUntil == rfc3339("2027-05-31T10:00:00Z"))
    }
}
