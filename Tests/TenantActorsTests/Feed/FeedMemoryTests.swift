import TestSupport
import AlmanacRuntime
import Scheduling
import Testing

@testable import TenantActors

/// What windows of the feed take, and what the clock does to them.
@Suite struct FeedMemoryTests {
    private static func days(_ first: Int, _ count: Int) -> RangeQuery {
        let from = FeedFixture.start.adding(days: first)
        return RangeQuery(from: .instant(from), to: .instant(from.adding(days: count)))
    }

    @Test func aFullRoomRefusesNewWindowsAndKeepsThoseThatSomebodyComesBackTo() throws {
        let room = ByteRoom(limit: 1)
        var fixture = FeedFixture(room: room)
        let (id, sink) = try fixture.subscribe()
        try fixture.book("2026-11-03T10:00:00Z")
        fixture.feed.unsubscribe(id)
        #expect(room.isFull, "the snapshot counts until nobody holds it")
        for day in 1..<10 {
            let query = FeedFixture.query(Self.days(day, 2))
            #expect(throws: CommandError.self) { try fixture.subscribe(query) }
        }
        // Nothing is missing, so no snapshot is needed.
        let (_, again) = try fixture.subscribe(FeedFixture.query(after: fixture.state.seq))
        #expect(again.take() == ["appointment \(fixture.state.seq) booked"])
        _ = sink.take()
        #expect(room.used == 0)
        _ = try fixture.subscribe(FeedFixture.query(Self.days(1, 2)))
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func aListIsItsSlots(seed: UInt64) {
        var random = SplitMix(seed: seed)
        func slot(_ minute: Int) -> Slot {
            let start = FeedFixture.start.adding(minutes: minute)
            return Slot(
                start: start, end: start.adding(minutes: 30),
                seatsAvailable: Int.random(in: 0..<100, using: &random) < 80 ? 1 : 2)
        }
        func slots(_ range: Range<Int>) -> [Slot] {
            let step = [5, 30, 45].randomElement(using: &random)!
            return stride(from: range.lowerBound, to: range.upperBound, by: step)
                .filter { _ in Int.random(in: 0..<100, using: &random) < 85 }.map(slot)
        }
        var model = slots(0..<2_000)
        var list = SlotList(model)
        for step in 0..<30 {
            let low = Int.random(in: -50..<2_050, using: &random)
            let high = low + Int.random(in: 0..<400, using: &random)
            let span = Span(FeedFixture.start.adding(minutes: low), FeedFixture.start.adding(minutes: high))
            #expect(list.slots(in: span) == model.filter { span.contains($0.start) }, "seed \(seed), step \(step)")
            let new = slots(low..<high)
            list.replace(span, with: new)
            model = model.filter { $0.start < span.start } + new + model.filter { $0.start >= span.end }
            #expect(list.all == model, "seed \(seed), step \(step)")
            #expect(list.count == model.count)
        }
    }

    /// Two hundred windows that nobody shares: 25 on each of 8 sockets.
    @Test func manyWindowsOfOneCalendarTakeLittle() throws {
        var calendar = FeedFixture { rules in
            rules.horizonDays = 3_650
            rules.slotDuration = 15
            rules.slotInterval = 15
            rules.openingRules.weekly = WeeklyHours(
                Weekday.allCases.map { ($0, MinuteInterval(startMinute: 0, endMinute: 1_440)!) })
        }
        for window in 0..<200 {
            _ = try calendar.subscribe(FeedFixture.query(Self.days(window, 52)))
        }
        // 200 × 4,992 slots, each of which took 24 bytes, and 108 with what was written of it.
        #expect(calendar.feed.bytes.watched < 200 * 4_096)
        calendar.feed.giveBack(seq: calendar.state.seq)
        #expect(calendar.feed.bytes.spare == 0)
        // Nobody misses anything for it.
        try calendar.book("2026-11-04T10:00:00Z", minutes: 15)
        #expect(calendar.feed.bytes.watched < 200 * 4_096)
    }

    @Test func whoComesBackAfterItWasGivenBackGetsASnapshot() throws {
        var calendar = FeedFixture()
        let (id, sink) = try calendar.subscribe()
        try calendar.book("2026-11-04T10:00:00Z")
        calendar.feed.giveBack(seq: calendar.state.seq)
        try calendar.book("2026-11-04T11:00:00Z")
        #expect(sink.take().filter { $0.hasPrefix("slots") } == ["slots 40→41 -10:00", "slots 41→42 -11:00"])
        calendar.feed.unsubscribe(id)
        let (_, from41) = try calendar.subscribe(FeedFixture.query(after: 41))
        #expect(from41.take().contains { $0.hasPrefix("snapshot") })
        let (_, from42) = try calendar.subscribe(FeedFixture.query(after: 42))
        #expect(!from42.take().contains { $0.hasPrefix("snapshot") })
    }

    @Test func aWindowOfTooManyIsRefusedWithoutBeingCompiled() {
        var calendar = FeedFixture { rules in
            rules.horizonDays = 3_650
            rules.slotDuration = 1
            rules.slotInterval = 1
        }
        #expect(throws: CommandError.self) { try calendar.subscribe(FeedFixture.query(Self.days(0, 366))) }
        #expect(calendar.state.compiledDays == 0)
        #expect(calendar.feed.isEmpty)
    }

    @Test func aFullBudgetTakesNoMoreWindows() throws {
        var calendar = FeedFixture()
        _ = try calendar.subscribe()
        let sink = TestSink()
        #expect(throws: CommandError.self) {
            try calendar.feed.subscribe(
                FeedFixture.query(Self.days(0, 2)), sink, &calendar.state, now: calendar.now, mayGrow: false)
        }
        // One that is there already costs nothing more.
        _ = try calendar.feed.subscribe(
            FeedFixture.query(), sink, &calendar.state, now: calendar.now, mayGrow: false)
    }

    /// What was told while the clock was ahead is told anew once it is right.
    @Test(arguments: [400 * 86_400, 1_800] as [Int64])
    func aClockThatIsSetBackIsFollowed(seconds: Int64) throws {
        var calendar = FeedFixture()
        let (_, sink) = try calendar.subscribe()
        _ = sink.take()
        let now = calendar.now.adding(minutes: 60)
        for moment in [now.adding(seconds: seconds), now] {
            #expect(calendar.feed.isDue(moment))
            calendar.feed.publish(calendar.state.takeTouched(), nil, isLate: true, &calendar.state, now: moment)
            #expect(!calendar.feed.isDue(moment))
        }
        // What went is back.
        let told = sink.take()
        #expect(told.count == 2 && told[0].contains(" -09:00") && told[1].contains(" +09:00"))
        let fresh = TestSink()
        _ = try calendar.feed.subscribe(FeedFixture.query(), fresh, &calendar.state, now: now)
        #expect(fresh.take() == ["snapshot 40 +112"])
    }
}
