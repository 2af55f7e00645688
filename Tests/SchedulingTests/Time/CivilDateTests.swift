import TestSupport
import Scheduling
import Testing

@Suite struct CivilDateTests {
    @Test func everyDayOfTheCalendarFollowsTheOneBefore() throws {
        // All 3,652,059 days are too many for a debug build: every century's turn, and the years around now.
        let stretches = [
            1...3, 99...101, 399...401, 1_599...1_601, 1_899...1_901, 1_968...2_040, 2_099...2_101, 9_998...9_999,
        ]
        for years in stretches {
            var number = try #require(CivilDate(year: years.lowerBound, month: 1, day: 1)).dayNumber
            for year in years {
                for month in 1...12 {
                    for day in 1...CivilDate.daysInMonth(month, year: year) {
                        let date = try #require(CivilDate(year: year, month: month, day: day))
                        let parts = date.components
                        guard date.dayNumber == number, parts == (year, month, day) else {
                            Issue.record("\(year)-\(month)-\(day) is \(date), number \(date.dayNumber)")
                            return
                        }
                        number += 1
                    }
                }
            }
        }
    }

    @Test(arguments: [
        ("1970-01-01", 0, Weekday.thursday), ("2000-02-29", 11_016, .tuesday), ("1969-12-31", -1, .wednesday),
        ("0001-01-01", -719_162, .monday), ("9999-12-31", 2_932_896, .friday), ("2024-12-25", 20_082, .wednesday),
    ])
    func knownDatesHaveTheirNumberAndWeekday(iso: String, number: Int, weekday: Weekday) {
        let date = CivilDate(dayNumber: number)
        #expect(date == CivilDate(iso: iso))
        #expect(date.description == iso)
        #expect(date.weekday == weekday)
        #expect([date.year, date.month, date.day] == iso.split(separator: "-").map { Int($0)! })
    }

    @Test func theWeekRepeatsEverySevenDays() {
        let monday = isoDate("2024-01-01")
        for offset in -10_000...10_000 {
            #expect(monday.adding(days: offset).weekday.rawValue == ((offset % 7) + 7) % 7)
        }
    }

    @Test(arguments: [
        (0, 1, 1), (10_000, 1, 1), (2024, 0, 1), (2024, 13, 1), (2024, 1, 0), (2024, 1, 32), (2023, 2, 29),
        (1900, 2, 29), (2024, 4, 31), (Int.max, 1, 1), (Int.min, 1, 1), (2024, Int.max, 1), (2024, 1, Int.min),
    ])
    func datesThatDoNotExistAreRefused(year: Int, month: Int, day: Int) {
        #expect(CivilDate(year: year, month: month, day: day) == nil)
    }

    @Test(arguments: [
        "", "2024-1-01", "2024-01-1", "24-01-01", "2024/01/01", "2024-01-01T", " 2024-01-01", "2023-02-29",
        "0000-01-01", "+024-01-01", "-024-01-01", "20240101", "2024-01-0١", "2024-W01-1",
    ])
    func onlyStrictISODatesAreRead(text: String) {
        #expect(CivilDate(iso: text) == nil)
    }

    @Test(arguments: [11, 12] as [UInt64])
    func datesSurvivePrintingAndReading(seed: UInt64) {
        var random = SplitMix(seed: seed)
        for _ in 0..<5_000 {
            let date = CivilDate(dayNumber: Int.random(in: -719_162...2_932_896, using: &random))
            #expect(CivilDate(iso: date.description) == date, "seed \(seed)")
            #expect(CivilDate(year: date.year, month: date.month, day: date.day) == date, "seed \(seed)")
        }
    }

    @Test func steppingSaturatesAtTheYears1And9999() {
        let date = isoDate("2024-02-28")
        #expect(date.adding(days: 1).description == "2024-02-29")
        #expect(date.adding(days: 2) - date == 2)
        #expect(date.adding(days: .max).description == "9999-12-31")
        #expect(date.adding(days: .min).description == "0001-01-01")
        #expect(CivilDate(dayNumber: .max) - CivilDate(dayNumber: .min) == 3_652_058)
    }

    @Test func monthsHaveTheirLengths() {
        #expect((1...12).map { CivilDate.daysInMonth($0, year: 2023) }.reduce(0, +) == 365)
        #expect([1_900, 2_000, 2_023, 2_024].map { CivilDate.daysInMonth(2, year: $0) } == [28, 29, 28, 29])
        #expect(CivilDate.daysInMonth(13, year: 2024) == 0)
        #expect([4, 100, 400, 2_023].map(CivilDate.isLeap) == [true, false, true, false])
    }
}
