import Scheduling
import Testing

/// What is read as a rule, and what is refused, by the part that is wrong.
@Suite struct RecurrenceRuleTests {
    @Test(arguments: [
        ("RRULE:FREQ=DAILY", "FREQ=DAILY"), ("rrule:freq=daily;", "freq=daily"), ("FREQ=DAILY;", "FREQ=DAILY"),
        ("byday=+1mo,-1Su;Freq=Monthly", "byday=+1mo,-1Su;Freq=Monthly"),
    ])
    func aPrefixATrailingSemicolonAndSmallLettersAreTaken(text: String, kept: String) throws {
        #expect(try RecurrenceRule(text).text == kept)
    }

    @Test(arguments: [
        ("", "", "empty"), ("RRULE:", "", "empty"), (";", "", "empty"),
        ("FREQ=DAILY;;COUNT=2", "", "malformed"), ("FREQ=DAILY;COUNT", "COUNT", "malformed"),
        ("FREQ", "FREQ", "malformed"), ("=DAILY", "", "malformed"),
        ("INTERVAL=2", "FREQ", "missing_part"), ("FREQ=", "FREQ", "invalid_value"),
        ("FREQ=FORTNIGHTLY", "FREQ", "invalid_value"), ("FREQ=HOURLY", "FREQ", "unsupported_frequency"),
        ("FREQ=MINUTELY", "FREQ", "unsupported_frequency"), ("FREQ=secondly", "FREQ", "unsupported_frequency"),
        ("FREQ=DAILY;BYHOUR=9", "BYHOUR", "unsupported_part"),
        ("FREQ=DAILY;BYMINUTE=9", "BYMINUTE", "unsupported_part"),
        ("FREQ=DAILY;BYSECOND=9", "BYSECOND", "unsupported_part"),
        ("FREQ=DAILY;X-FOO=1", "X-FOO", "unknown_part"), ("FREQ=DAILY;RSCALE=HEBREW", "RSCALE", "unknown_part"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ", "duplicate_part"), ("FREQ=DAILY;count=1;COUNT=1", "COUNT", "duplicate_part"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL", "out_of_range"), ("FREQ=DAILY;INTERVAL=-1", "INTERVAL", "invalid_value"),
        ("FREQ=DAILY;INTERVAL=1.5", "INTERVAL", "invalid_value"), ("FREQ=DAILY;INTERVAL=", "INTERVAL", "invalid_value"),
        ("FREQ=DAILY;INTERVAL=10000000000", "INTERVAL", "invalid_value"),
        ("FREQ=DAILY;INTERVAL=99999999999999999999999", "INTERVAL", "invalid_value"),
        ("FREQ=DAILY;COUNT=0", "COUNT", "out_of_range"), ("FREQ=DAILY;COUNT=٣", "COUNT", "invalid_value"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20260101", "UNTIL", "not_with_count"),
        ("FREQ=DAILY;UNTIL=2026-01-01", "UNTIL", "invalid_value"),
        ("FREQ=DAILY;UNTIL=20260230", "UNTIL", "invalid_value"),
        ("FREQ=DAILY;UNTIL=20260101Z", "UNTIL", "invalid_value"),
        ("FREQ=DAILY;UNTIL=20260101T", "UNTIL", "invalid_value"),
        ("FREQ=DAILY;UNTIL=20260101T240000", "UNTIL", "invalid_value"),
        ("FREQ=DAILY;UNTIL=20260101T000000T000000", "UNTIL", "invalid_value"),
        ("FREQ=DAILY;UNTIL=20260101T0000Z", "UNTIL", "invalid_value"),
        ("FREQ=WEEKLY;WKST=1", "WKST", "invalid_value"), ("FREQ=WEEKLY;WKST=MO,TU", "WKST", "invalid_value"),
        ("FREQ=DAILY;BYMONTH=13", "BYMONTH", "out_of_range"), ("FREQ=DAILY;BYMONTH=0", "BYMONTH", "out_of_range"),
        ("FREQ=DAILY;BYMONTH=-1", "BYMONTH", "invalid_value"), ("FREQ=DAILY;BYMONTH=1,,2", "BYMONTH", "invalid_value"),
        ("FREQ=DAILY;BYMONTH=1,", "BYMONTH", "invalid_value"), ("FREQ=DAILY;BYMONTH=", "BYMONTH", "invalid_value"),
        ("FREQ=YEARLY;BYWEEKNO=54", "BYWEEKNO", "out_of_range"),
        ("FREQ=YEARLY;BYWEEKNO=-54", "BYWEEKNO", "out_of_range"),
        ("FREQ=YEARLY;BYYEARDAY=0", "BYYEARDAY", "out_of_range"),
        ("FREQ=YEARLY;BYYEARDAY=-367", "BYYEARDAY", "out_of_range"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY", "out_of_range"),
        ("FREQ=MONTHLY;BYMONTHDAY=--1", "BYMONTHDAY", "invalid_value"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=367", "BYSETPOS", "out_of_range"),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY", "out_of_range"), ("FREQ=MONTHLY;BYDAY=54MO", "BYDAY", "out_of_range"),
        ("FREQ=MONTHLY;BYDAY=M", "BYDAY", "invalid_value"), ("FREQ=MONTHLY;BYDAY=1", "BYDAY", "invalid_value"),
        ("FREQ=MONTHLY;BYDAY=-MO", "BYDAY", "invalid_value"), ("FREQ=MONTHLY;BYDAY=", "BYDAY", "invalid_value"),
        ("FREQ=MONTHLY;BYDAY=MO TU", "BYDAY", "invalid_value"),
        ("FREQ=MONTHLY;BYWEEKNO=1", "BYWEEKNO", "not_in_frequency"),
        ("FREQ=DAILY;BYYEARDAY=1", "BYYEARDAY", "not_in_frequency"),
        ("FREQ=WEEKLY;BYYEARDAY=1", "BYYEARDAY", "not_in_frequency"),
        ("FREQ=MONTHLY;BYYEARDAY=1", "BYYEARDAY", "not_in_frequency"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY", "not_in_frequency"),
        ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY", "not_in_frequency"), ("FREQ=DAILY;BYDAY=-1MO", "BYDAY", "not_in_frequency"),
        ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "BYDAY", "not_with_weekno"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS", "needs_other_part"),
        (" FREQ=DAILY", " FREQ", "unknown_part"), ("FREQ=DAILY\nFREQ=DAILY", "FREQ", "invalid_value"),
    ])
    func whatIsWrongIsNamedByItsPart(text: String, part: String, code: String) {
        let error = #expect(throws: RecurrenceError.self) { try RecurrenceRule(text) }
        #expect(error?.part == part)
        #expect(error?.code == code)
        #expect(RecurrenceRule.errors(in: text).first == error)
    }

    @Test func everyWrongPartIsNamed() {
        let errors = RecurrenceRule.errors(in: "FREQ=DAILY;INTERVAL=0;BYMONTH=13;FOO=1")
        #expect(errors.map(\.part) == ["INTERVAL", "BYMONTH", "FOO"])
        #expect(RecurrenceRule.errors(in: "FREQ=DAILY;INTERVAL=2").isEmpty)
    }

    @Test func aRuleOfAThousandBytesIsReadAndALongerOneRefused() throws {
        let start = "FREQ=MONTHLY;BYMONTHDAY=1"
        let longest = start + String(repeating: ",1", count: (1_000 - start.utf8.count) / 2)
        _ = try RecurrenceRule(longest)
        let error = #expect(throws: RecurrenceError.self) { try RecurrenceRule(longest + ",10") }
        #expect(error?.code == "too_long")
    }

    @Test func aLongNameIsNotRepeatedAtLength() {
        let error = RecurrenceRule.errors(in: "FREQ=DAILY;" + String(repeating: "A", count: 900) + "=1").first
        #expect(error?.part.utf8.count == 24)
    }
}
