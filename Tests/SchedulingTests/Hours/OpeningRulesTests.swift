import TestSupport
import Scheduling
import Testing

@Suite struct OpeningRulesTests {
    typealias CustomWeek = OpeningRules.CustomWeek
    typealias Blackout = OpeningRules.Blackout

    private static func week(
        _ id: UInt64?, priority: Int = 0, from: String = "2026-12-01", to: String = "2026-12-31", opens: Int
    ) -> CustomWeek {
        CustomWeek(
            id: id.map { ID(high: 0, low: $0) }, startsOn: isoDate(from), endsOn: isoDate(to),
            hours: CalendarFixtures.week(opens, opens + 60), priority: priority
        )
    }

    private static func opening(_ weeks: [CustomWeek], on date: String = "2026-12-08") -> Int? {
        OpeningRules(weekly: CalendarFixtures.week(540, 600), customWeeks: weeks)
            .intervals(on: isoDate(date)).first?.start
    }

    @Test func theStrongestCustomWeekReplacesTheWeekThenTheNewestThenTheLater() {
        #expect(Self.opening([Self.week(1, priority: 5, opens: 60), Self.week(2, opens: 120)]) == 60)
        #expect(Self.opening([Self.week(2, opens: 60), Self.week(1, priority: 5, opens: 120)]) == 120)
        #expect(Self.opening([Self.week(2, opens: 60), Self.week(1, opens: 120)]) == 60)
        #expect(Self.opening([Self.week(1, opens: 60), Self.week(2, opens: 120)]) == 120)
        #expect(Self.opening([Self.week(nil, opens: 60), Self.week(nil, opens: 120)]) == 120)
        #expect(Self.opening([Self.week(nil, priority: -1, opens: 60)]) == 60)
    }

    @Test func aCustomWeekHoldsOnItsFirstAndLastDateOnly() {
        let weeks = [Self.week(1, from: "2026-12-08", to: "2026-12-10", opens: 60)]
        #expect(Self.opening(weeks, on: "2026-12-07") == 540)
        #expect(Self.opening(weeks, on: "2026-12-08") == 60)
        #expect(Self.opening(weeks, on: "2026-12-10") == 60)
        #expect(Self.opening(weeks, on: "2026-12-11") == 540)
    }

    @Test func aFixedDateReplacesEveryWeekAndMayClose() {
        let date = isoDate("2026-12-08")
        let interval = MinuteInterval(startMinute: 720, endMinute: 780)!
        var openingRules = OpeningRules(weekly: CalendarFixtures.week(), customWeeks: [Self.week(1, opens: 60)])
        openingRules.fixedDates = [date: .init(id: nil, intervals: [interval])]
        #expect(openingRules.intervals(on: date) == [interval])
        openingRules.fixedDates = [date: .init(id: nil, intervals: [])]
        #expect(openingRules.intervals(on: date).isEmpty)
        #expect(openingRules.intervals(on: date.adding(days: 1)).first?.start == 60)
    }

    @Test(arguments: [
        ("2025-12-24", "2025-12-26", "2026-12-25", true), ("2025-12-24", "2025-12-26", "2026-12-27", false),
        ("2025-12-24", "2025-12-26", "2024-12-25", false),
        // Across the new year.
        ("2025-12-30", "2026-01-02", "2027-12-30", true), ("2025-12-30", "2026-01-02", "2027-01-02", true),
        ("2025-12-30", "2026-01-02", "2027-01-03", false), ("2025-12-30", "2026-01-02", "2025-01-01", false),
        // 29 February.
        ("2024-02-29", "2024-02-29", "2028-02-29", true), ("2024-02-29", "2024-02-29", "2026-02-28", false),
        ("2024-02-29", "2024-02-29", "2026-03-01", false), ("2025-02-20", "2025-03-05", "2028-02-29", true),
        // A year and longer covers every date.
        ("2025-03-01", "2026-03-01", "2026-07-15", true), ("2024-03-01", "2025-03-01", "2028-02-29", true),
        ("2025-03-01", "2026-04-10", "2030-01-01", true), ("2025-03-01", "2026-02-28", "2030-01-01", true),
        ("2025-03-01", "2026-03-01", "2025-02-28", false),
    ])
    func aYearlyBlackoutRepeatsOnItsMonthAndDay(first: String, last: String, date: String, isBlack: Bool) {
        let blackout = Blackout(id: nil, startsOn: isoDate(first), endsOn: isoDate(last), repeatsYearly: true)
        #expect(blackout.contains(isoDate(date)) == isBlack)
        #expect(NaiveCalendar.covers(blackout, isoDate(date)) == isBlack)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func aBlackoutIsWhatTheModelWalks(seed: UInt64) {
        var random = SplitMix(seed: seed)
        for _ in 0..<2_000 {
            let first = isoDate("2023-01-01").adding(days: random.int(0...1_500))
            let length = random.chance(50) ? random.int(0...40) : random.int(355...370)
            let blackout = Blackout(
                id: nil, startsOn: first, endsOn: first.adding(days: length), repeatsYearly: random.chance(80)
            )
            let date = first.adding(days: random.int(-400...1_600))
            #expect(
                blackout.contains(date) == NaiveCalendar.covers(blackout, date), "seed \(seed): \(blackout) \(date)"
            )
        }
    }
}
