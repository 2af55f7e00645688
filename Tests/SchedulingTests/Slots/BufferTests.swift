import Scheduling
import Testing

/// Gaps between neighbours: on both sides, to the microsecond.
@Suite struct BufferTests {
    private typealias Make = CalendarFixtures
    private typealias Buffers = SchedulingRules.Buffers

    /// Whether 12:00–12:30 can be booked beside something that ends or starts a gap away.
    private static func isFree(_ buffers: SchedulingRules.Buffers, external: Bool, gap: Int64, isAfter: Bool) -> Bool {
        let slot = Make.span(12)
        let busy =
            isAfter
            ? Span(slot.end.adding(microseconds: gap), slot.end.adding(minutes: 300))
            : Span(slot.start.adding(minutes: -300), slot.start.adding(microseconds: -gap))
        var state = Make.state(external ? [] : [Make.appointment(1, busy)], external: external ? [busy] : []) {
            $0.buffers = buffers
            $0.openingRules.weekly = Make.week(0, 1_440)
        }
        let isOffered = state.starts(Span(slot.start, slot.end)).first == slot.start
        let verdict = state.verdict(start: slot.start, duration: 30, now: Make.now)
        #expect((verdict.seat != nil) == isOffered)
        if !isOffered { #expect(verdict.reasons.map(\.code) == [.buffer]) }
        return isOffered
    }

    @Test(arguments: [
        (SchedulingRules.Buffers(before: 10, after: 20, between: 0), 30),
        (SchedulingRules.Buffers(before: 10, after: 20, between: 45), 45),
        (SchedulingRules.Buffers(before: 0, after: 20, between: 5), 20),
        (SchedulingRules.Buffers(before: 15), 15), (SchedulingRules.Buffers(between: 15), 15),
    ])
    func neighboursKeepBothTheirBuffersOrTheGapBetween(buffers: SchedulingRules.Buffers, minutes: Int) {
        let gap = Int64(minutes) * 60_000_000
        for isAfter in [false, true] {
            #expect(Self.isFree(buffers, external: false, gap: gap, isAfter: isAfter))
            #expect(!Self.isFree(buffers, external: false, gap: gap - 1, isAfter: isAfter))
        }
    }

    @Test(arguments: [
        (SchedulingRules.Buffers(before: 10, after: 20, between: 0), 10, 20),
        (SchedulingRules.Buffers(before: 10, after: 20, between: 15), 15, 20),
        (SchedulingRules.Buffers(before: 5, after: 5, between: 45), 45, 45),
        (SchedulingRules.Buffers(before: 10), 10, 0), (SchedulingRules.Buffers(after: 10), 0, 10),
    ])
    func againstExternalBusyOnlyOurOwnSideCounts(buffers: SchedulingRules.Buffers, before: Int, after: Int) {
        for (minutes, isAfter) in [(before, false), (after, true)] {
            let gap = Int64(minutes) * 60_000_000
            #expect(Self.isFree(buffers, external: true, gap: gap, isAfter: isAfter))
            if gap > 0 { #expect(!Self.isFree(buffers, external: true, gap: gap - 1, isAfter: isAfter)) }
        }
    }

    @Test func touchingIsFreeWithoutBuffersAndEmptyBlocksNothing() {
        let slot = Make.span(12)
        let noon = Span(Make.at(12, 10), Make.at(12, 10))
        var state = Make.state(
            [
                Make.appointment(1, Make.span(11, 30)), Make.appointment(2, Make.span(12, 30)),
                Make.appointment(3, noon),
            ],
            external: [noon]
        ) { $0.buffers = .init() }
        #expect(state.starts(slot) == [slot.start])
        #expect(state.verdict(start: slot.start, duration: 30, now: Make.now).seat == 0)
    }

    @Test func buffersDoNotApplyAgainstBreaksOrClosingTime() {
        var state = Make.state {
            $0.buffers = .init(before: 60, after: 60, between: 60)
            $0.openingRules.breaks = [
                .init(
                    id: nil, days: .date(isoDate("2026-11-03")),
                    interval: MinuteInterval(startMinute: 720, endMinute: 780)!)
            ]
        }
        let starts = state.starts()
        #expect(starts.first == Make.at(9))
        #expect(starts.contains(Make.at(11, 30)))
        #expect(starts.contains(Make.at(13)))
        #expect(starts.last == Make.at(16, 30))
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6])
    func aBufferOfDaysReachesOverDays(days: Int) {
        let busy = Make.span(10).start.adding(days: days)
        var state = Make.state([Make.appointment(1, Span(busy, busy.adding(minutes: 1_440)))]) {
            $0.buffers = .init(before: 1_440, after: 2_880, between: 0)
            $0.slotDuration = 1_440
            $0.allowedDurations = [1_440]
            $0.slotInterval = 60
            $0.openingRules.weekly = Make.week(0, 1_440)
        }
        let isFree = state.verdict(start: Make.at(10), duration: 1_440, now: Make.now.adding(days: -9)).seat != nil
        #expect(isFree == (abs(days) >= 4))
        #expect(state.starts(Make.span(10), now: Make.now.adding(days: -9)).contains(Make.at(10)) == isFree)
    }
}
