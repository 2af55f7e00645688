import TestSupport
import Scheduling
import Testing

/// Rules that other expanders walk for ever over: answered with work that is bounded by what was asked.
@Suite struct HostileRecurrenceTests {
    private static func dates(
        _ rule: String, start: String, from: String, through: String
    ) throws -> [String] {
        Recurrence(rule: try RecurrenceRule(rule), startsOn: isoDate(start), startMinute: 0)
            .dates(from: isoDate(from), through: isoDate(through), in: .utc).map(\.description)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=5",
            "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=1000000000",
            "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31;COUNT=9999999999",
            "FREQ=WEEKLY;INTERVAL=1000000000;BYMONTH=3", "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1;UNTIL=99991231T235959Z",
            "FREQ=MONTHLY;BYDAY=53MO;BYSETPOS=366;COUNT=3", "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29;COUNT=7",
        ])
    func aRuleWithoutDatesIsAnsweredAtOnce(rule: String) throws {
        #expect(try Self.dates(rule, start: "0001-01-01", from: "2026-01-01", through: "2027-12-31") == [])
        #expect(try Self.dates(rule, start: "2026-03-01", from: "9990-01-01", through: "9999-12-31") == [])
    }

    @Test(arguments: [
        // From 2020 on 7,980 years with at most two dates each: one more would never come.
        ("FREQ=YEARLY;BYDAY=MO;BYSETPOS=1,-1;COUNT=15960", "9999-12-27"),
        ("FREQ=YEARLY;BYDAY=MO;BYSETPOS=1,-1;COUNT=15961", "9999-12-31"),
        ("FREQ=DAILY;COUNT=2914635", "9999-12-31"), ("FREQ=DAILY;COUNT=2914634", "9999-12-30"),
    ])
    func aCountMayEndWithTheCalendarOrNever(rule: String, last: String) throws {
        let recurrence = Recurrence(rule: try RecurrenceRule(rule), startsOn: isoDate("2020-01-01"), startMinute: 0)
        #expect(recurrence.reach.upperBound == isoDate(last))
    }

    @Test func aCountOfThousandsOfMillionsNeverEnds() throws {
        let rule = "FREQ=DAILY;COUNT=1000000000"
        let dates = try Self.dates(rule, start: "0001-01-01", from: "9999-12-30", through: "9999-12-31")
        #expect(dates == ["9999-12-30", "9999-12-31"])
    }

    @Test(arguments: [
        // Counted by hand: 146 097 days, 20 871 weeks, 4 800 months, 97 leap days in 400 years.
        ("FREQ=DAILY;COUNT=146098", "2000-01-01", "2400-01-01"),
        ("FREQ=DAILY;BYMONTHDAY=29;BYMONTH=2;COUNT=195", "2000-01-01", "2800-02-29"),
        ("FREQ=WEEKLY;BYDAY=SA;COUNT=20872", "2000-01-01", "2400-01-01"),
        ("FREQ=MONTHLY;COUNT=4801", "2000-01-01", "2400-01-01"),
        // All months but 303 Februaries.
        ("FREQ=MONTHLY;BYMONTHDAY=29;COUNT=8995", "2000-01-01", "2800-01-29"),
        ("FREQ=YEARLY;COUNT=98", "2000-02-29", "2400-02-29"), ("FREQ=YEARLY;COUNT=196", "2000-02-29", "2804-02-29"),
        ("FREQ=YEARLY;INTERVAL=3;COUNT=2000", "2000-05-05", "7997-05-05"),
    ])
    func aLongCountEndsWhereItShould(rule: String, start: String, last: String) throws {
        let after = isoDate(last).adding(days: 4_000).description
        #expect(try Self.dates(rule, start: start, from: last, through: after) == [last])
    }

    @Test(arguments: [
        "FREQ=DAILY;INTERVAL=3;BYDAY=FR", "FREQ=DAILY;INTERVAL=5;BYMONTH=2", "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,SU",
        "FREQ=WEEKLY;BYMONTH=2;BYDAY=TU;WKST=SU", "FREQ=MONTHLY;INTERVAL=7;BYDAY=5MO,-1TU",
        "FREQ=MONTHLY;BYMONTHDAY=30,-1;BYSETPOS=-2", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=SA", "FREQ=YEARLY;BYYEARDAY=366",
        "FREQ=YEARLY;INTERVAL=6;BYDAY=53TH",
    ])
    func aCountEndsWithItsLastDate(rule: String) throws {
        let start = isoDate("2001-03-04")
        let unending = Recurrence(rule: try RecurrenceRule(rule), startsOn: start, startMinute: 0)
        let dates = unending.dates(from: start, through: isoDate("2900-12-31"), in: .utc)
        // In the first period, in the first 400 years, and in the third.
        for count in [1, 2, dates.count / 3, dates.count - 1, dates.count] {
            let counted = Recurrence(
                rule: try RecurrenceRule("\(rule);COUNT=\(count)"), startsOn: start, startMinute: 0
            )
            #expect(counted.reach.upperBound == dates[count - 1], "COUNT=\(count)")
        }
    }

    @Test func farFromItsFirstDateARuleIsAsNearAsAnywhere() throws {
        #expect(
            try Self.dates("FREQ=WEEKLY;INTERVAL=2", start: "0001-01-01", from: "9999-12-01", through: "9999-12-31")
                == ["9999-12-13", "9999-12-27"]
        )
        #expect(
            try Self.dates(
                "FREQ=DAILY;INTERVAL=1000000000", start: "2026-01-01", from: "0001-01-01", through: "9999-12-31")
                == ["2026-01-01"]
        )
        #expect(
            try Self.dates("FREQ=YEARLY;UNTIL=99991231", start: "0001-12-31", from: "9998-01-01", through: "9999-12-31")
                == ["9998-12-31", "9999-12-31"]
        )
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func whateverIsReadIsExpanded(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let names = [
            "FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYMONTH", "BYDAY", "BYMONTHDAY", "BYSETPOS", "X", "",
        ]
        let values = [
            "DAILY", "WEEKLY", "MONTHLY", "YEARLY", "1", "-1", "0", "366", "99999999999", "MO", "-5FR", "1,2,,3", "",
            "20260101", "00010101T000000Z", "99991231T235960Z", "é", "2,=;", "+7",
        ]
        var read = 0
        for _ in 0..<3_000 {
            let text = (0..<random.int(1...4)).map { _ in
                "\(names.randomElement(using: &random)!)=\(values.randomElement(using: &random)!)"
            }.joined(separator: ";")
            guard let rule = try? RecurrenceRule("FREQ=MONTHLY;" + text) else { continue }
            read += 1
            let start = ["0001-01-01", "2026-11-03", "9999-12-31"].randomElement(using: &random)!
            let recurrence = Recurrence(rule: rule, startsOn: isoDate(start), startMinute: random.int(0...1_439))
            for (from, through) in [("0001-01-01", "0001-03-01"), ("9999-11-01", "9999-12-31")] {
                _ = recurrence.dates(from: isoDate(from), through: isoDate(through), in: .utc)
            }
            _ = recurrence.reach
        }
        #expect(read > 20)
    }
}
