import TestSupport
import Scheduling
import Testing

@Suite struct MinuteIntervalTests {
    private static func interval(_ start: Int, _ end: Int) -> MinuteInterval {
        MinuteInterval(startMinute: start, endMinute: end)!
    }

    @Test(arguments: [
        ("09:00", "17:00", 540, 1_020), ("00:00", "24:00", 0, 1_440), ("22:00", "06:00", 1_320, 1_800),
        ("10:00", "10:00", 600, 2_040), ("00:00", "00:00", 0, 1_440), ("23:59", "24:00", 1_439, 1_440),
        ("09:00", "00:00", 540, 1_440), ("23:59", "23:58", 1_439, 2_878),
    ])
    func anEndAtOrBeforeTheStartLiesOnTheNextDay(start: String, end: String, from: Int, to: Int) {
        let interval = MinuteInterval(start: LocalTime(hhmm: start)!, end: LocalTime(hhmm: end, allowing24: true)!)
        #expect(interval == Self.interval(from, to))
    }

    @Test func twentyFourHundredBeginsNothing() {
        #expect(MinuteInterval(start: LocalTime(minuteOfDay: 1_440)!, end: LocalTime(minuteOfDay: 60)!) == nil)
    }

    @Test(arguments: [(-1, 5), (1_440, 1_500), (5, 5), (6, 5), (0, 1_441), (1_439, 2_880)])
    func minutesOutOfRangeAreRefused(start: Int, end: Int) {
        #expect(MinuteInterval(startMinute: start, endMinute: end) == nil)
    }

    @Test func touchingIntervalsDoNotOverlapACrossingOneIsCountedToItsEnd() throws {
        #expect(MinuteInterval.firstOverlap([Self.interval(720, 780), Self.interval(540, 720)]) == nil)
        #expect(MinuteInterval.firstOverlap([Self.interval(0, 60), Self.interval(1_320, 1_560)]) == nil)
        let pair = try #require(
            MinuteInterval.firstOverlap([
                Self.interval(1_380, 1_440), Self.interval(60, 90), Self.interval(1_320, 1_560),
            ])
        )
        #expect(pair == (2, 0))
        #expect(MinuteInterval.firstOverlap([]) == nil)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func anOverlapIsFoundExactlyWhereTwoIntervalsShareAMinute(seed: UInt64) {
        var random = SplitMix(seed: seed)
        for _ in 0..<2_000 {
            let intervals = (0..<random.int(0...5)).map { _ in
                let start = random.int(0...40)
                return Self.interval(start, start + random.int(1...12))
            }
            func share(_ left: Int, _ right: Int) -> Bool {
                let minutes = Set(intervals[left].start..<intervals[left].end)
                return !minutes.isDisjoint(with: intervals[right].start..<intervals[right].end)
            }
            let expected = intervals.indices.contains { left in
                intervals.indices.contains { right in left < right && share(left, right) }
            }
            let found = MinuteInterval.firstOverlap(intervals)
            #expect((found != nil) == expected, "seed \(seed): \(intervals)")
            if let (earlier, later) = found {
                #expect(earlier != later && share(earlier, later), "seed \(seed): \(intervals)")
            }
        }
    }

    @Test func aWeekKeepsItsIntervalsByWeekdayInOrderOfStart() {
        let week = WeeklyHours([
            (.friday, Self.interval(780, 1_020)), (.monday, Self.interval(540, 600)),
            (.friday, Self.interval(540, 720)),
        ])
        #expect(week[.friday] == [Self.interval(540, 720), Self.interval(780, 1_020)])
        #expect(week[.sunday].isEmpty)
        #expect(week.intervals.map(\.0) == [.monday, .friday, .friday])
        #expect(!week.isEmpty)
        #expect(WeeklyHours.closed.isEmpty)
    }
}
