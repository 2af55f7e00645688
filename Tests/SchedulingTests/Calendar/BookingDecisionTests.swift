import Scheduling
import Testing

@Suite struct BookingDecisionTests {
    private typealias Make = CalendarFixtures

    private static func book(
        _ state: inout CalendarState, _ owner: UInt64, _ start: Instant, duration: Int? = nil,
        overriding: Set<ReasonCode> = []
    ) throws(Refusal) -> Decision {
        try state.decideBooking(
            owner: Make.id(owner), start: start, duration: duration, overriding: overriding, now: Make.now
        )
    }

    private static func codes(_ state: inout CalendarState, _ start: Instant, _ overriding: Set<ReasonCode> = [])
        -> [ReasonCode]
    {
        do {
            _ = try book(&state, 99, start, overriding: overriding)
            return []
        } catch {
            return error.reasons.map(\.code)
        }
    }

    @Test func twoBookingsOfOneTimeAreDecidedForTheFirst() throws {
        var state = Make.state()
        let first = try Self.book(&state, 1, Make.at(10))
        #expect(Self.codes(&state, Make.at(10)) == [.booked])
        state.abandon(first)
        let second = try Self.book(&state, 2, Make.at(10))
        state.apply(second, seq: 1)
        #expect(state.occupancy.entries == [Make.appointment(2, Make.span(10))])
        #expect(Self.codes(&state, Make.at(10)) == [.booked])
        state.apply(state.decideVacating(Make.id(2)), seq: 2)
        #expect(Self.codes(&state, Make.at(10)) == [])
        #expect(state.seq == 2)
    }

    @Test func aCancelledTimeIsFreeWhenTheCancellationIsApplied() {
        var state = Make.state([Make.appointment(1, Make.span(10))])
        let decision = state.decideVacating(Make.id(1))
        #expect(!state.starts().contains(Make.at(10)))
        state.abandon(decision)
        #expect(!state.starts().contains(Make.at(10)))
        state.apply(decision, seq: 1)
        #expect(state.starts().contains(Make.at(10)))
        state.apply(decision, seq: 2)
        #expect(state.seq == 2, "a second one finds nothing to free")
    }

    @Test func theLowestFreeSeatIsTaken() throws {
        var state = Make.state([Make.appointment(1, Make.span(10), seat: 1)]) { $0.capacity = 3 }
        #expect(try Self.book(&state, 2, Make.at(10)).entry?.seat == 0)
        #expect(try Self.book(&state, 3, Make.at(10)).entry?.seat == 2)
        #expect(Self.codes(&state, Make.at(10)) == [.full])
    }

    @Test func seatsWhoseNeighboursAreTooNearAreShortOfABufferNotFull() {
        let entries = [Make.appointment(1, Make.span(10), seat: 0), Make.appointment(2, Make.span(10), seat: 1)]
        var state = Make.state(entries) {
            $0.capacity = 2
            $0.buffers = .init(before: 15)
        }
        #expect(Self.codes(&state, Make.at(10, 30)) == [.buffer])
        #expect(Self.codes(&state, Make.at(10)) == [.full])
    }

    @Test func aLoweredCapacityKeepsWhatIsBooked() {
        let entries = (0..<3).map { Make.appointment(UInt64($0), Make.span(10), seat: $0) }
        var state = Make.state(entries) { $0.capacity = 3 }
        state.apply(.reconfigure(Make.rules { $0.capacity = 1 }), seq: 5)
        #expect(state.takeTouched() == .everything)
        #expect(state.occupancy.entries == entries)
        #expect(!state.starts().contains(Make.at(10)))
        #expect(state.starts().contains(Make.at(11)))
        state.apply(.reconfigure(Make.rules { $0.capacity = 4 }), seq: 6)
        #expect(state.availability(in: Make.span(10), duration: 30, now: Make.now).slots.map(\.seatsAvailable) == [1])
    }

    @Test(arguments: [(1, [.full]), (2, []), (3, [])] as [(Int, [ReasonCode])])
    func whoIsLeftCountsWhateverTheirSeat(capacity: Int, codes: [ReasonCode]) throws {
        // One of two guests went, and then the capacity was changed.
        var state = Make.state([Make.appointment(1, Make.span(10), seat: 1)]) { $0.capacity = 2 }
        state.apply(.reconfigure(Make.rules { $0.capacity = capacity }), seq: 5)
        let seats = state.availability(in: Make.span(10), duration: 30, now: Make.now).slots.map(\.seatsAvailable)
        #expect(seats == (capacity == 1 ? [] : [capacity - 1]))
        #expect(Self.codes(&state, Make.at(10)) == codes)
        #expect(Self.codes(&state, Make.at(10), Set(ReasonCode.allCases)) == (capacity == 3 ? [] : [.full]))
    }

    @Test func ofASingleSeatItIsSaidWhoHasIt() {
        let until = Make.at(8, 5)
        func codes(_ entries: Occupancy.Entry...) -> [ReasonCode] {
            var state = Make.state(entries)
            return Self.codes(&state, Make.at(10))
        }
        #expect(codes(Make.appointment(1, Make.span(10))) == [.booked])
        #expect(codes(Make.hold(1, Make.span(10), until: until)) == [.held])
        #expect(codes(Make.appointment(1, Make.span(10), seat: 7)) == [.full])
        #expect(codes(Make.hold(1, Make.span(10), seat: 1, until: until)) == [.full])
        #expect(codes(Make.hold(1, Make.span(10), seat: 1, until: Make.now)) == [], "whose time is up has none")
        #expect(codes(Make.appointment(1, Make.span(10)), Make.appointment(2, Make.span(10), seat: 1)) == [.booked])
        #expect(
            codes(Make.hold(1, Make.span(10), until: until), Make.appointment(2, Make.span(10), seat: 1))
                == [.held, .full])
    }

    @Test func guestsScatteredOverSeatsRefuseNoTimeThatHasRoom() throws {
        // Never more than one of two, but neither seat is free for the hour.
        let entries = [Make.appointment(1, Make.span(10), seat: 0), Make.appointment(2, Make.span(10, 30), seat: 1)]
        var state = Make.state(entries) {
            $0.capacity = 2
            $0.allowedDurations = [30, 60]
        }
        func seats() -> [Int] {
            state.availability(in: Make.span(10), duration: 60, now: Make.now).slots.map(\.seatsAvailable)
        }
        #expect(seats() == [1])
        #expect(try Self.book(&state, 3, Make.at(10), duration: 60).entry?.seat == 2)
        #expect(seats() == [])
        #expect(Self.codes(&state, Make.at(10)) == [.full])
        #expect(Self.codes(&state, Make.at(10, 30)) == [.full])
        state.apply(state.decideVacating(Make.id(1)), seq: 1)
        #expect(try Self.book(&state, 4, Make.at(10)).entry?.seat == 0)
    }

    @Test func theSeatsOfALongSlotAreThoseOfItsFullestMoment() {
        let entries = [
            Make.appointment(1, Make.span(10, minutes: 10)), Make.appointment(2, Make.span(10, 20, minutes: 20)),
            Make.appointment(3, Make.span(10, 35, minutes: 5), seat: 1),
            Make.appointment(4, Make.span(10, 40, minutes: 20), seat: 4),
        ]
        for (capacity, seats) in [(2, []), (3, [1]), (1_000, [998])] as [(Int, [Int])] {
            var state = Make.state(entries) {
                $0.capacity = capacity
                $0.allowedDurations = [60]
            }
            let slots = state.availability(in: Make.span(10), duration: 60, now: Make.now).slots
            #expect(slots.map(\.seatsAvailable) == seats)
        }
    }

    @Test func aGuestIsThereFromTheGapBeforeToTheGapAfter() throws {
        let entries = [Make.appointment(1, Make.span(10)), Make.appointment(2, Make.span(11), seat: 0)]
        for (gap, codes) in [(14, []), (15, []), (16, [.buffer])] as [(Int, [ReasonCode])] {
            var state = Make.state(entries) {
                $0.capacity = 2
                $0.buffers = .init(between: gap)
            }
            // The two are half an hour apart: from a gap of more than 15 minutes on both are there between them.
            #expect(Self.codes(&state, Make.at(10, 30)) == codes, "\(gap)")
        }
        var state = Make.state(entries) {
            $0.capacity = 2
            $0.buffers = .init(before: 5, after: 5)
        }
        #expect(try Self.book(&state, 3, Make.at(10, 30)).entry?.seat == 0, "a seat is guarded without buffers")
    }

    @Test func aDurationThatIsNotAllowedIsRefusedAndNoDurationIsTheUsualOne() throws {
        var state = Make.state { $0.allowedDurations = [30, 60] }
        #expect(throws: Refusal.durationNotAllowed(allowed: [30, 60])) {
            try Self.book(&state, 1, Make.at(10), duration: 45)
        }
        #expect(try Self.book(&state, 1, Make.at(10), duration: 60).entry?.span == Make.span(10, minutes: 60))
        #expect(try Self.book(&state, 2, Make.at(11)).entry?.span == Make.span(11))
    }

    @Test func theDailyLimitCountsHoldsAndBookings() {
        let hold = Make.hold(1, Make.span(10), until: Make.at(8, 5))
        var state = Make.state([hold, Make.appointment(2, Make.span(11))]) { $0.maxBookingsPerDay = 2 }
        #expect(Self.codes(&state, Make.at(15)) == [.dailyLimit])
        #expect(Self.codes(&state, Make.at(15).adding(days: 1)) == [])
        #expect(state.verdict(start: Make.at(15), duration: 30, now: Make.at(8, 5)).seat == 0)
    }

    @Test func anOverrideSkipsTheOpeningRulesItNamesAndNoOther() {
        let date = Make.day.start
        var state = Make.state([Make.appointment(1, Make.span(20))]) {
            $0.openingRules.blackouts = [
                .init(id: nil, startsOn: isoDate("2026-11-03"), endsOn: isoDate("2026-11-03"), repeatsYearly: false)
            ]
            $0.openingRules.breaks = [
                .init(
                    id: nil, days: .weekdays([.tuesday]), interval: MinuteInterval(startMinute: 720, endMinute: 780)!)
            ]
        }
        #expect(Self.codes(&state, Make.at(12)) == [.pause, .blackout])
        #expect(Self.codes(&state, Make.at(12), [.pause]) == [.blackout])
        #expect(Self.codes(&state, Make.at(18), [.closed]) == [.blackout], "closed and blacked out")
        #expect(Self.codes(&state, Make.at(20), ReasonCode.overridable) == [.booked])
        #expect(Self.codes(&state, Make.at(20, 15), Set(ReasonCode.allCases)) == [.booked])
        #expect(Self.codes(&state, date, [.closed, .blackout]) == [.notice])
        #expect(Self.codes(&state, Make.at(18, 7), [.closed, .blackout]) == [], "off the grid of closed time")
    }

    @Test func offGridNamesATimeThatIsOpen() {
        var state = Make.state()
        #expect(Self.codes(&state, Make.at(10, 10)) == [.offGrid])
        #expect(Self.codes(&state, Make.at(10).adding(microseconds: 1)) == [.offGrid])
        #expect(Self.codes(&state, Make.at(10, 10), [.offGrid]) == [])
        #expect(Self.codes(&state, Make.at(16, 45)) == [.closed])
    }

    @Test func aReasonNamesTheBreakOrBlackoutThatRefuses() {
        let other = OpeningRules.Break(
            id: Make.id(1), days: .weekdays([.monday]), interval: MinuteInterval(startMinute: 720, endMinute: 780)!
        )
        var late = other
        late.id = Make.id(2)
        late.days = .date(isoDate("2026-11-02"))
        late.interval = MinuteInterval(startMinute: 1_380, endMinute: 1_470)!
        var noon = other
        noon.id = Make.id(3)
        noon.days = .weekdays([.tuesday])
        var state = Make.state {
            $0.openingRules.weekly = Make.week(0, 1_440)
            $0.openingRules.breaks = [other, late, noon]
            $0.openingRules.blackouts = [5, 6].map { day in
                let date = isoDate("2026-11-0\(day)")
                return .init(id: Make.id(UInt64(day)), startsOn: date, endsOn: date, repeatsYearly: false)
            }
        }
        func source(_ start: Instant) -> ID? {
            state.verdict(start: start, duration: 30, now: Make.now.adding(days: -1)).reasons.first?.sourceID
        }
        #expect(source(Make.at(12, 30)) == Make.id(3), "not the Monday's break")
        #expect(source(Make.at(0, 15)) == Make.id(2), "the break that began the evening before")
        #expect(source(Make.at(12).adding(days: 2)) == Make.id(5))
        #expect(source(Make.at(12).adding(days: 3)) == Make.id(6))
    }

    @Test func alternativesAreTheNearestOfferedStarts() {
        var state = Make.state([Make.appointment(1, Make.span(12))])
        do {
            _ = try Self.book(&state, 2, Make.at(12))
            Issue.record("booked twice")
        } catch {
            #expect(error.alternatives.map(\.start) == [Make.at(11), Make.at(11, 30), Make.at(12, 30)])
        }
    }

    @Test func alternativesAreOfferedAndAtMostThree() {
        for seed in ModelRun.seeds(share: 0.1) {
            var calendar = RandomCalendar(seed: seed)
            var state = calendar.state
            let start = calendar.random.moment(in: calendar.range).adding(microseconds: 1)
            do {
                _ = try state.decideHold(
                    owner: Make.id(1), start: start, duration: calendar.duration, now: calendar.now
                )
                Issue.record("off the grid: \(calendar)")
            } catch {
                #expect(error.alternatives.count <= 3, "\(calendar)")
                for span in error.alternatives {
                    let verdict = state.verdict(start: span.start, duration: calendar.duration, now: calendar.now)
                    #expect(verdict.seat != nil, "\(span) in \(calendar)")
                }
            }
        }
    }
}
