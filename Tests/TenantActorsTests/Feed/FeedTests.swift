import AlmanacRuntime
import Scheduling
import Testing

@testable import TenantActors

@Suite struct FeedTests {
    @Test func aSubscriberGetsASnapshotThenEachChange() throws {
        var calendar = FeedFixture()
        let (_, sink) = try calendar.subscribe()
        #expect(sink.take() == ["snapshot 40 +112"])
        let id = try calendar.book("2026-11-04T10:00:00Z")
        #expect(sink.take() == ["slots 40→41 -10:00", "appointment 41 booked"])
        calendar.cancel(id, "2026-11-04T10:00:00Z")
        #expect(sink.take() == ["slots 41→42 +10:00", "appointment 42 cancelled"])
    }

    @Test func whatDoesNotTouchTheWindowIsNotTold() throws {
        var calendar = FeedFixture()
        let (_, sink) = try calendar.subscribe()
        _ = sink.take()
        try calendar.book("2026-11-20T10:00:00Z")
        #expect(sink.take() == [])
        try calendar.book("2026-11-09T16:30:00Z")
        #expect(sink.take() == ["slots 40→42 -16:30", "appointment 42 booked"])
    }

    @Test func eachDurationSeesItsOwnSlots() throws {
        var calendar = FeedFixture()
        let (_, halves) = try calendar.subscribe()
        let (_, hours) = try calendar.subscribe(FeedFixture.query(duration: 60))
        #expect(hours.take() == ["snapshot 40 +105"])
        _ = halves.take()
        try calendar.book("2026-11-04T10:00:00Z")
        #expect(halves.take() == ["slots 40→41 -10:00", "appointment 41 booked"])
        #expect(hours.take() == ["slots 40→41 -09:30 -10:00", "appointment 41 booked"])
    }

    @Test func aSeatThatGoesChangesItsSlot() throws {
        var calendar = FeedFixture { $0.capacity = 2 }
        let (_, sink) = try calendar.subscribe()
        _ = sink.take()
        try calendar.book("2026-11-04T10:00:00Z")
        #expect(sink.take() == ["slots 40→41 -10:00×2 +10:00", "appointment 41 booked"])
        try calendar.book("2026-11-04T10:00:00Z")
        #expect(sink.take() == ["slots 41→42 -10:00", "appointment 42 booked"])
    }

    @Test func aTimeThatIsBeingBookedIsToldWithTheNextEvent() throws {
        var calendar = FeedFixture()
        let (_, sink) = try calendar.subscribe()
        _ = sink.take()
        let lost = try calendar.state.decideBooking(
            owner: ID(high: 8, low: 1), start: Instant(rfc3339: "2026-11-04T12:00:00Z")!, duration: nil,
            now: calendar.now
        )
        try calendar.book("2026-11-04T10:00:00Z")
        #expect(sink.take() == ["slots 40→41 -10:00 -12:00", "appointment 41 booked"])
        calendar.state.abandon(lost)
        calendar.publishLate()
        #expect(sink.take() == ["slots 41→41 +12:00"])
    }

    @Test func theClockTakesSlotsAndBringsOthers() throws {
        var calendar = FeedFixture { rules in
            rules.minNotice = 60
            rules.horizonDays = 2
        }
        let (_, sink) = try calendar.subscribe()
        #expect(sink.take() == ["snapshot 40 +32"])
        #expect(!calendar.feed.isDue(calendar.now))
        calendar.now = calendar.now.adding(microseconds: 1)
        #expect(calendar.feed.isDue(calendar.now))
        calendar.publishLate()
        #expect(sink.take() == ["slots 40→40 -09:00"])
        calendar.now = Instant(rfc3339: "2026-11-03T09:00:00Z")!
        calendar.publishLate()
        #expect(sink.take() == ["slots 40→40 -09:30 +09:00"])
        #expect(!calendar.feed.isDue(calendar.now))
    }

    @Test func whoComesBackIsToldWhatItMissedAtOnce() throws {
        var calendar = FeedFixture()
        let (first, sink) = try calendar.subscribe()
        try calendar.book("2026-11-04T10:00:00Z")
        _ = sink.take()
        calendar.feed.unsubscribe(first)
        let id = try calendar.book("2026-11-04T11:00:00Z")
        try calendar.book("2026-11-04T12:00:00Z")
        calendar.cancel(id, "2026-11-04T11:00:00Z")
        #expect(sink.take() == [])
        let (_, again) = try calendar.subscribe(FeedFixture.query(after: 41))
        #expect(
            again.take() == [
                "appointment 41 booked", "slots 41→42 -11:00", "appointment 42 booked", "slots 42→43 -12:00",
                "appointment 43 booked", "slots 43→44 +11:00", "appointment 44 cancelled",
            ])
        try calendar.book("2026-11-04T15:00:00Z")
        #expect(again.take() == ["slots 44→45 -15:00", "appointment 45 booked"])
    }

    @Test func whoMissedNothingIsToldNothing() throws {
        var calendar = FeedFixture()
        let (first, _) = try calendar.subscribe()
        try calendar.book("2026-11-20T10:00:00Z")
        calendar.feed.unsubscribe(first)
        let (_, again) = try calendar.subscribe(FeedFixture.query(after: 41))
        #expect(again.take() == [])
        try calendar.book("2026-11-04T10:00:00Z")
        #expect(again.take() == ["slots 41→42 -10:00", "appointment 42 booked"])
    }

    @Test func whatTheClockDidMeanwhileIsToldToo() throws {
        var calendar = FeedFixture()
        let (first, _) = try calendar.subscribe()
        try calendar.book("2026-11-04T10:00:00Z")
        calendar.feed.unsubscribe(first)
        calendar.now = Instant(rfc3339: "2026-11-03T09:20:00Z")!
        let (_, again) = try calendar.subscribe(FeedFixture.query(after: 41))
        // The view is brought up to date by whoever looks next; the actor does so before it subscribes.
        calendar.publishLate()
        let told = again.take()
        #expect(told.contains("slots 41→41 -09:00"), "\(told)")
    }

    @Test func whoCannotResumeGetsASnapshot() throws {
        var calendar = FeedFixture()
        for seq: Int64 in [0, 39, 40, 41, 99] {
            let (id, sink) = try calendar.subscribe(FeedFixture.query(after: seq))
            #expect(sink.take() == ["snapshot 40 +112"], "after \(seq)")
            calendar.feed.unsubscribe(id)
        }
    }

    @Test func whatIsKeptForThoseWhoComeBackIsBounded() throws {
        var calendar = FeedFixture { $0.capacity = 1_000 }
        let (first, sink) = try calendar.subscribe()
        for _ in 0..<400 { try calendar.book("2026-11-04T10:00:00Z") }
        #expect(sink.take().count == 801)
        calendar.feed.unsubscribe(first)
        let (_, early) = try calendar.subscribe(FeedFixture.query(after: 100))
        #expect(early.take() == ["snapshot 440 +112"])
        let (_, late) = try calendar.subscribe(FeedFixture.query(after: 400))
        let told = late.take()
        #expect(told.first == "appointment 400 booked")
        #expect(told.dropFirst().first == "slots 400→401 -10:00×640 +10:00×639")
        #expect(told.count == 81)
    }

    @Test func nothingComesAfterUnsubscribing() throws {
        var calendar = FeedFixture()
        let (id, sink) = try calendar.subscribe()
        let (_, other) = try calendar.subscribe()
        _ = sink.take()
        _ = other.take()
        calendar.feed.unsubscribe(id)
        try calendar.book("2026-11-04T10:00:00Z")
        #expect(sink.take() == [])
        #expect(other.take() == ["slots 40→41 -10:00", "appointment 41 booked"])
    }

    @Test func resynchronizingSendsEverythingAgain() throws {
        var calendar = FeedFixture()
        let (id, sink) = try calendar.subscribe()
        try calendar.book("2026-11-04T10:00:00Z")
        _ = sink.take()
        try calendar.feed.resynchronize(id, seq: calendar.state.seq)
        #expect(sink.take() == ["snapshot 41 +111"])
        try calendar.book("2026-11-04T11:00:00Z")
        #expect(sink.take() == ["slots 41→42 -11:00", "appointment 42 booked"])
        calendar.feed.unsubscribe(id)
        #expect(throws: CommandError.self) { try calendar.feed.resynchronize(id, seq: 42) }
    }

    @Test func newRulesAreToldAsADelta() throws {
        var calendar = FeedFixture()
        let (_, sink) = try calendar.subscribe(
            FeedFixture.query(
                nil, RangeQuery(from: .date(CivilDate(iso: "2026-11-04")!), to: .date(CivilDate(iso: "2026-11-04")!)))
        )
        #expect(sink.take() == ["snapshot 40 +16"])
        var rules = calendar.state.rules
        rules.openingRules.weekly = WeeklyHours([(.wednesday, MinuteInterval(startMinute: 990, endMinute: 1_050)!)])
        calendar.commit(.reconfigure(rules))
        let line = try #require(sink.take().first)
        #expect(line.hasPrefix("slots 40→41 -09:00 -09:30"))
        #expect(line.hasSuffix("-16:00 +17:00"))
    }

    @Test func aDurationThatIsNoLongerAllowedHasNoSlots() throws {
        var calendar = FeedFixture()
        let (_, hours) = try calendar.subscribe(FeedFixture.query(duration: 60))
        let (_, usual) = try calendar.subscribe()
        _ = (hours.take(), usual.take())
        var rules = calendar.state.rules
        (rules.slotDuration, rules.slotInterval, rules.allowedDurations) = (30, 60, [30])
        calendar.commit(.reconfigure(rules))
        #expect(hours.take().first?.contains("+") == false)
        #expect(usual.take().first?.contains("-09:30") == true)
        let (_, again) = try calendar.subscribe(FeedFixture.query(duration: 60))
        #expect(again.take() == ["snapshot 41 +0"])
    }

    @Test func theEndIsToldToAllAndOnce() throws {
        var calendar = FeedFixture()
        let sinks = try (0..<3).map { _ in try calendar.subscribe().sink }
        calendar.feed.end()
        for sink in sinks { #expect(sink.take().last == "ended") }
        calendar.feed.end()
        try calendar.book("2026-11-04T10:00:00Z")
        for sink in sinks { #expect(sink.take() == []) }
    }

    @Test func aWindowOfTooManySlotsIsRefused() throws {
        var calendar = FeedFixture { rules in
            (rules.slotDuration, rules.slotInterval, rules.allowedDurations, rules.horizonDays) = (1, 1, [1], 3_650)
        }
        let year = RangeQuery(from: .date(CivilDate(iso: "2026-11-03")!), to: .date(CivilDate(iso: "2027-10-01")!))
        #expect(throws: CommandError.self) { _ = try calendar.subscribe(FeedFixture.query(nil, year)) }
        #expect(calendar.feed.isEmpty)
    }
}

extension FeedFixture {
    fileprivate static func query(_ seq: Int64?, _ range: RangeQuery) -> FeedQuery { query(after: seq, range) }
}
