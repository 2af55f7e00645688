import Scheduling
import Testing

@testable import AlmanacRuntime

@Suite struct RetryScheduleTests {
    private let schedule = RetrySchedule(baseSeconds: 5, maxSeconds: 3_600, giveUpSeconds: 86_400)

    @Test func eachWaitIsAboutTwiceTheLastUpToTheLongest() {
        for attempt in 1...40 {
            let ideal = min(5.0 * Double(1 << min(attempt - 1, 20)), 3_600) * 1_000_000
            for low in 0..<50 as Range<UInt64> {
                let wait = Double(schedule.wait(after: attempt, of: ID(high: 1, low: low &* 0x1234_5678_9ABC)))
                #expect(wait >= ideal * 0.79 && wait <= ideal * 1.21, "attempt \(attempt): \(wait)")
            }
        }
    }

    @Test func waitsOfDeliveriesThatFailedTogetherDiffer() {
        let waits = (0..<100).map { schedule.wait(after: 3, of: ID(high: 1, low: $0)) }
        #expect(Set(waits).count > 80)
        #expect(schedule.wait(after: 3, of: ID(high: 1, low: 7)) == waits[7])
    }

    @Test func triesOverADayUnlessTimeAndTriesAreUp() {
        let start = Instant(microseconds: 0)
        let giveUpAt = start.adding(seconds: schedule.giveUpSeconds)
        var (now, attempt) = (start, 1)
        while true {
            let next = now.adding(microseconds: schedule.wait(after: attempt, of: ID(high: 1, low: 1)))
            if schedule.isOver(after: attempt, next: next, giveUpAt: giveUpAt) { break }
            (now, attempt) = (next, attempt + 1)
        }
        #expect(now > start.adding(seconds: 82_000) && now <= giveUpAt)
        #expect(attempt > 20 && attempt < 50)
        // Found after days of standstill, it is tried for a while yet.
        #expect(!schedule.isOver(after: 1, next: start.adding(days: 9), giveUpAt: giveUpAt))
    }

    @Test func extremeNumbersDoNotTrap() {
        let schedule = RetrySchedule(baseSeconds: .max, maxSeconds: 3_600, giveUpSeconds: 1)
        for attempt in [Int.min, 0, 1, .max] {
            #expect(schedule.wait(after: attempt, of: ID(high: .max, low: .max)) <= 4_320_000_000)
        }
    }
}
