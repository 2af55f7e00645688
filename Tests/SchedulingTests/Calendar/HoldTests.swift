import Scheduling
import Testing

@Suite struct HoldTests {
    private typealias Make = CalendarFixtures

    @Test func aHoldTakesItsTimeAtOnceAndForItsMinutes() throws {
        var state = Make.state { $0.holdMinutes = 7 }
        let decision = try state.decideHold(owner: Make.id(1), start: Make.at(10), duration: nil, now: Make.now)
        let entry = try #require(decision.entry)
        #expect(entry.span == Make.span(10))
        #expect(entry.kind == .hold)
        #expect(entry.expiresAt == Make.now.adding(minutes: 7))
        #expect(!state.starts().contains(Make.at(10)))
        state.apply(decision, seq: 4)
        #expect(state.seq == 4)
        #expect(!state.starts().contains(Make.at(10)))
        #expect(state.starts(now: Make.now.adding(minutes: 7)).contains(Make.at(10)))
        #expect(state.nextExpiry == Make.now.adding(minutes: 7))
    }

    @Test func anAbandonedHoldLeavesNothing() throws {
        var state = Make.state()
        let before = state.starts()
        let decision = try state.decideHold(owner: Make.id(1), start: Make.at(10), duration: nil, now: Make.now)
        state.abandon(decision)
        #expect(state.starts() == before)
        #expect(state.occupancy.entries.isEmpty)
        #expect(state.seq == 0)
    }

    @Test func aHoldBecomesItsAppointmentAndNoLongerExpires() throws {
        var state = Make.state([Make.hold(1, Make.span(10), until: Make.at(8, 5))])
        let decision = try state.decideConfirmation(of: Make.id(1), start: Make.at(10), duration: 30, now: Make.now)
        #expect(decision.entry?.kind == .appointment)
        #expect(decision.entry?.expiresAt == nil)
        // Its expiry passes while it is being written.
        #expect(state.decideExpiry(now: Make.at(8, 6)).isEmpty)
        #expect(!state.starts(now: Make.at(8, 6)).contains(Make.at(10)))
        state.apply(decision, seq: 2)
        #expect(state.occupancy.entries == [Make.appointment(1, Make.span(10))])
        #expect(!state.starts(now: Make.at(8, 50)).contains(Make.at(10)))
        #expect(throws: Refusal.holdExpired) {
            try state.decideConfirmation(of: Make.id(1), start: Make.at(10), duration: nil, now: Make.now)
        }
    }

    @Test func aHoldWhoseConfirmationWasLostGoesOnAsBefore() throws {
        let hold = Make.hold(1, Make.span(10), until: Make.at(8, 5))
        var state = Make.state([hold])
        let decision = try state.decideConfirmation(of: Make.id(1), start: Make.at(10), duration: nil, now: Make.now)
        state.abandon(decision)
        #expect(state.occupancy.entries == [hold])
        #expect(state.starts(now: Make.at(8, 5)).contains(Make.at(10)))
    }

    @Test func aHoldThatIsBeingWrittenIsBusy() throws {
        var state = Make.state([Make.hold(1, Make.span(10), until: Make.at(8, 5))])
        _ = try state.decideConfirmation(of: Make.id(1), start: Make.at(10), duration: nil, now: Make.now)
        #expect(throws: Refusal.holdBusy) {
            try state.decideConfirmation(of: Make.id(1), start: Make.at(10), duration: nil, now: Make.now)
        }
        #expect(throws: Refusal.holdBusy) { try state.decideRelease(of: Make.id(1), now: Make.at(9)) }
        // One that is just being placed, too.
        _ = try state.decideHold(owner: Make.id(2), start: Make.at(11), duration: nil, now: Make.now)
        #expect(throws: Refusal.holdBusy) {
            try state.decideConfirmation(of: Make.id(2), start: Make.at(11), duration: nil, now: Make.now)
        }
    }

    @Test func anEndedOrUnknownHoldIsExpired() {
        var state = Make.state([Make.hold(1, Make.span(10), until: Make.at(8, 5))])
        for (owner, now) in [(Make.id(1), Make.at(8, 5)), (Make.id(9), Make.now)] {
            #expect(throws: Refusal.holdExpired) {
                try state.decideConfirmation(of: owner, start: Make.at(10), duration: nil, now: now)
            }
            #expect(throws: Refusal.holdExpired) { try state.decideRelease(of: owner, now: now) }
        }
    }

    @Test func aBookingThatNamesAnotherTimeThanItsHoldIsAMismatch() {
        var state = Make.state([Make.hold(1, Make.span(10), until: Make.at(8, 5))])
        for (start, duration) in [(Make.at(10, 30), nil), (Make.at(10), 60)] as [(Instant, Int?)] {
            #expect(throws: Refusal.holdMismatch(held: Make.span(10))) {
                try state.decideConfirmation(of: Make.id(1), start: start, duration: duration, now: Make.now)
            }
        }
        #expect(state.occupancy.entries.allSatisfy { !$0.isInFlight })
    }

    @Test func aReleasedHoldIsFreeOnceWritten() throws {
        var state = Make.state([Make.hold(1, Make.span(10), until: Make.at(8, 5))])
        let decision = try state.decideRelease(of: Make.id(1), now: Make.now)
        #expect(!state.starts().contains(Make.at(10)))
        state.abandon(decision)
        #expect(!state.starts().contains(Make.at(10)))
        state.apply(try state.decideRelease(of: Make.id(1), now: Make.now), seq: 1)
        #expect(state.starts().contains(Make.at(10)))
    }

    @Test func aLostReleaseTouchesItsTimeBecauseTheHoldExpiresAgain() throws {
        var state = Make.state([Make.hold(1, Make.span(10), until: Make.at(8, 5))])
        let decision = try state.decideRelease(of: Make.id(1), now: Make.now)
        // An answer computed now knows of no expiry.
        #expect(state.availability(in: Make.span(10), duration: 30, now: Make.now).validUntil == nil)
        _ = state.takeTouched()
        state.abandon(decision)
        guard case .spans(let spans) = state.takeTouched() else {
            Issue.record("nothing was touched")
            return
        }
        #expect(spans.contains { $0.contains(Make.at(10)) })
    }

    @Test func anExpiryIsDecidedOnceAndTheTimeIsFreeMeanwhile() throws {
        var state = Make.state([
            Make.hold(1, Make.span(10), until: Make.at(8, 5)), Make.hold(2, Make.span(11), until: Make.at(8, 6)),
        ])
        #expect(state.decideExpiry(now: Make.at(8, 4)).isEmpty)
        let decisions = state.decideExpiry(now: Make.at(8, 5))
        #expect(decisions.compactMap { $0.entry?.owner } == [Make.id(1)])
        #expect(state.decideExpiry(now: Make.at(8, 5)).isEmpty)
        #expect(state.nextExpiry == Make.at(8, 6))
        #expect(state.starts(now: Make.at(8, 5)).contains(Make.at(10)))
        state.abandon(try #require(decisions.first))
        #expect(state.nextExpiry == Make.at(8, 5))
        for decision in state.decideExpiry(now: Make.at(8, 30), limit: 1) { state.apply(decision, seq: 3) }
        #expect(state.occupancy.entries.map(\.owner) == [Make.id(2)])
    }
}
