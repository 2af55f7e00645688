import Testing

@testable import Scheduling

/// What others are told of a calendar, and what a state that only follows makes of it.
@Suite struct FollowingTests {
    @Test func whatIsBeingBookedIsNotWritten() throws {
        var state = Make.state([Make.hold(1, Make.span(10), until: Make.at(8, 5))])
        let written = state.written
        let booking = try state.decideBooking(owner: Make.id(2), start: Make.at(11), duration: nil, now: Make.now)
        let hold = try state.decideHold(owner: Make.id(3), start: Make.at(12), duration: nil, now: Make.now)
        let confirmation = try state.decideConfirmation(
            of: Make.id(1), start: Make.at(10), duration: nil, now: Make.now
        )
        // A hold is a hold until its booking is written.
        #expect(state.written == written)
        #expect(!state.starts(now: Make.now).contains(Make.at(11)))
        state.apply(booking, seq: 1)
        state.abandon(hold)
        state.apply(confirmation, seq: 2)
        #expect(state.written == [Make.appointment(1, Make.span(10)), Make.appointment(2, Make.span(11))])
    }

    @Test func aHoldThatIsExpiringIsWrittenUntilItHas() {
        var state = Make.state([Make.hold(1, Make.span(10), until: Make.at(8, 5))])
        let decisions = state.decideExpiry(now: Make.at(8, 6))
        #expect(state.written == [Make.hold(1, Make.span(10), until: Make.at(8, 5))])
        for decision in decisions { state.apply(decision, seq: 1) }
        #expect(state.written.isEmpty)
    }

    /// Without marks the slots are those of a state that knows nothing of them.
    @Test func slotsWithoutMarksAreThoseOfTheWritten() throws {
        var state = Make.state([Make.hold(1, Make.span(10), until: Make.at(8, 5))])
        _ = try state.decideBooking(owner: Make.id(2), start: Make.at(11), duration: nil, now: Make.now)
        _ = try state.decideConfirmation(of: Make.id(1), start: Make.at(10), duration: nil, now: Make.now)
        var other = Make.state(state.written)
        let day = Span(Make.at(0), Make.at(23))
        for now in [Make.now, Make.at(8, 5), Make.at(8, 6)] {
            let mine = state.availability(in: day, duration: 30, now: now, withMarks: false)
            let others = other.availability(in: day, duration: 30, now: now)
            #expect(mine.slots == others.slots)
            #expect(mine.validUntil == others.validUntil)
        }
    }

    @Test func whoFollowsHasWhatTheOwnerHas() {
        var state = Make.state([Make.appointment(1, Make.span(9)), Make.hold(2, Make.span(10), until: Make.at(9))])
        _ = state.takeTouched()
        state.follow(
            setting: [Make.appointment(2, Make.span(10)), Make.appointment(3, Make.span(11))], removing: [Make.id(1)],
            seq: 7
        )
        #expect(state.seq == 7)
        #expect(state.written == [Make.appointment(2, Make.span(10)), Make.appointment(3, Make.span(11))])
        guard case .spans(let spans) = state.takeTouched() else {
            Issue.record("nothing was touched")
            return
        }
        for start in [Make.at(9), Make.at(10), Make.at(11)] { #expect(spans.contains { $0.contains(start) }) }
    }

    @Test func whoLoadsAnewAltersOnlyWhatDiffers() {
        let stays = Make.appointment(1, Make.span(9))
        var state = Make.state([stays, Make.appointment(2, Make.span(10))])
        _ = state.takeTouched()
        state.follow(all: [stays, Make.appointment(3, Make.span(12))], rules: nil, seq: 9)
        #expect(state.written == [stays, Make.appointment(3, Make.span(12))])
        guard case .spans(let spans) = state.takeTouched() else {
            Issue.record("nothing was touched")
            return
        }
        #expect(!spans.contains { $0.contains(Make.at(9)) })
        #expect(spans.contains { $0.contains(Make.at(12)) })
    }
}
