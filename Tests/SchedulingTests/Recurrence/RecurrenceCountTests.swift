import TestSupport
import Scheduling
import Testing

/// Where a COUNT ends, and what finding that takes.
@Suite struct RecurrenceCountTests {
    private static let every = (1...31).map(String.init).joined(separator: ",")

    /// Rules that count over thousands of years, each of another shape, and the date they end on. The dates were computed
    /// by walking every day.
    static let long: [(rule: String, last: String)] = [
        ("FREQ=DAILY;BYMONTHDAY=\(every);BYSETPOS=1;COUNT=3000000", "8214-09-21"),
        ("FREQ=DAILY;INTERVAL=31;BYMONTHDAY=\(every);COUNT=100000", "8488-06-05"),
        ("FREQ=DAILY;INTERVAL=366;BYMONTH=1,2,3,4,5,6;COUNT=4900", "9780-03-29"),
        ("FREQ=WEEKLY;INTERVAL=2;BYMONTH=1,2,3,4;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=1,-1;COUNT=170000", "9502-01-19"),
        ("FREQ=MONTHLY;INTERVAL=7;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=17000", "9917-02-28"),
        ("FREQ=YEARLY;BYDAY=MO,TU,WE;BYSETPOS=1,-1;COUNT=19000", "9500-12-31"),
        ("FREQ=YEARLY;BYWEEKNO=1,2,53;COUNT=190000", "9999-12-31"),
        ("FREQ=DAILY;INTERVAL=2;BYMONTH=1,2,3,4,5,7;COUNT=1000000", "9999-12-31"),
    ]

    private static func recurrence(_ rule: String, _ start: String = "0001-01-01") throws -> Recurrence {
        Recurrence(rule: try RecurrenceRule(rule), startsOn: isoDate(start), startMinute: 0)
    }

    @Test(arguments: long)
    func aCountOverThousandsOfYearsIsFoundByCountingYears(rule: String, last: String) throws {
        let recurrence = try Self.recurrence(rule)
        #expect(recurrence.reach.upperBound == isoDate(last))
        #expect(recurrence.work <= 60_000)
    }

    /// Ten times as far is at most as much again as the years in between.
    @Test(arguments: ["FREQ=DAILY", "FREQ=MONTHLY;BYDAY=1MO", "FREQ=DAILY;INTERVAL=2;BYMONTH=2"])
    func aCountTenTimesAsHighTakesLittleMore(rule: String) throws {
        let (near, far) = (try Self.recurrence("\(rule);COUNT=1000"), try Self.recurrence("\(rule);COUNT=10000"))
        #expect(far.work <= near.work + 30_000)
        #expect(try Self.recurrence(rule).work <= 400)
    }

    /// A rule that counts ends on the date that the same rule without COUNT gives as the last of so many.
    @Test(arguments: 1...400 as ClosedRange<UInt64>)
    func aCountEndsWithItsLastDateWhateverTheRule(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let frequency = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"].randomElement(using: &random)!
        var parts = ["FREQ=\(frequency)"]
        if random.chance(60) { parts.append("INTERVAL=\(random.int(1...(random.chance(70) ? 9 : 400)))") }
        if random.chance(50) { parts.append("BYMONTH=\(random.int(1...6)),\(random.int(7...12))") }
        if frequency != "WEEKLY", random.chance(40) {
            parts.append("BYMONTHDAY=\(random.int(1...31)),-\(random.int(1...5))")
        }
        let days = ["MO", "TU,TH", "SA,SU", "MO,TU,WE,TH,FR"].randomElement(using: &random)!
        if parts.count == 1 || random.chance(50) { parts.append("BYDAY=\(days)") }
        if parts.contains(where: { $0.utf8.starts(with: "BY".utf8) }), random.chance(50) {
            parts.append("BYSETPOS=\(random.int(1...3)),-\(random.int(1...40))")
        }
        if random.chance(30) { parts.append("WKST=SU") }
        let (rule, start) = (parts.joined(separator: ";"), isoDate("1990-01-01").adding(days: random.int(0...4_000)))
        let dates = Recurrence(rule: try RecurrenceRule(rule), startsOn: start, startMinute: 0)
            .dates(from: start, through: isoDate("2600-12-31"), in: .utc)
        for count in [1, 2, dates.count / 3, dates.count - 1, dates.count] where 1 <= count && count <= dates.count {
            let counted = Recurrence(
                rule: try RecurrenceRule("\(rule);COUNT=\(count)"), startsOn: start, startMinute: 0
            )
            #expect(counted.reach.upperBound == dates[count - 1], "seed \(seed): \(rule);COUNT=\(count) from \(start)")
        }
    }

    /// BYSETPOS that comes to the same in every period is no work in any of them.
    @Test(arguments: [
        ("FREQ=DAILY;BYDAY=MO,TU;BYSETPOS=1", "FREQ=DAILY;BYDAY=MO,TU"),
        ("FREQ=DAILY;BYDAY=MO,TU;BYSETPOS=-1,5", "FREQ=DAILY;BYDAY=MO,TU"),
        ("FREQ=WEEKLY;BYDAY=MO,WE,SU;BYSETPOS=-1", "FREQ=WEEKLY;BYDAY=SU"),
        ("FREQ=WEEKLY;WKST=SU;BYDAY=MO,WE,SU;BYSETPOS=-1,1", "FREQ=WEEKLY;WKST=SU;BYDAY=WE,SU"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;BYSETPOS=2,7,-300", "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE"),
    ])
    func placesThatAreTheSameInEveryPeriodAreDays(rule: String, same: String) throws {
        let (from, through) = (isoDate("2026-11-01"), isoDate("2029-11-01"))
        let dates = try Self.recurrence(rule, "2026-11-04").dates(from: from, through: through, in: .utc)
        #expect(dates == (try Self.recurrence(same, "2026-11-04").dates(from: from, through: through, in: .utc)))
        #expect(dates.count > 50)
    }

    @Test(arguments: [
        "FREQ=DAILY;BYDAY=MO;BYSETPOS=2", "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2,-3", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=32,-40",
    ])
    func aPlaceThatNoPeriodHasGivesNothing(rule: String) throws {
        #expect(
            try Self.recurrence(rule).dates(from: isoDate("2026-01-01"), through: isoDate("2027-01-01"), in: .utc) == []
        )
    }
}
