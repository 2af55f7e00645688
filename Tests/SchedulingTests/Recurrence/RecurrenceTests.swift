import Scheduling
import Testing

/// What a recurrence gives, where the RFC has no example of it.
@Suite struct RecurrenceTests {
    private static func dates(
        _ rule: String, start: String, minute: Int = 540, zone: Zone = .utc, exdates: [String] = [],
        rdates: [String] = [], from: String = "0001-01-01", through: String
    ) throws -> [String] {
        Recurrence(
            rule: try RecurrenceRule(rule), startsOn: isoDate(start), startMinute: minute,
            exdates: Set(exdates.map(isoDate)), rdates: Set(rdates.map(isoDate))
        ).dates(from: isoDate(from), through: isoDate(through), in: zone).map(\.description)
    }

    @Test func aFirstDateThatTheRuleDoesNotMatchIsNoOccurrenceAndNotCounted() throws {
        // 2026-11-03 is a Tuesday.
        let dates = try Self.dates("FREQ=WEEKLY;BYDAY=MO;COUNT=2", start: "2026-11-03", through: "2027-01-01")
        #expect(dates == ["2026-11-09", "2026-11-16"])
    }

    @Test func datesTakenOutAreCountedAndTakenOutWinsOverPutIn() throws {
        let dates = try Self.dates(
            "FREQ=DAILY;COUNT=4", start: "2026-11-03", exdates: ["2026-11-04", "2026-12-24"],
            rdates: ["2026-11-01", "2026-11-03", "2026-12-24", "2026-12-25"], through: "2027-01-01"
        )
        #expect(dates == ["2026-11-01", "2026-11-03", "2026-11-05", "2026-11-06", "2026-12-25"])
    }

    @Test(
        arguments: [
            ("20261105", 0, "2026-11-05"), ("20261105", 1_439, "2026-11-05"),
            ("20261105T090000", 540, "2026-11-05"), ("20261105T085959", 540, "2026-11-04"),
            ("20261105T235960", 1_439, "2026-11-05"), ("00010101T000000", 1, nil), ("20261102", 540, nil),
        ] as [(String, Int, String?)])
    func anUntilWithoutZoneIsReadOnTheWallClock(until: String, minute: Int, last: String?) throws {
        for zone in [Zone.utc, try TimeFixtures.zone("Pacific/Kiritimati")] {
            let dates = try Self.dates(
                "FREQ=DAILY;UNTIL=\(until)", start: "2026-11-03", minute: minute, zone: zone, through: "2027-01-01"
            )
            #expect(dates.last == last)
        }
    }

    @Test(arguments: [
        // 09:00 in New York is 14:00Z, from 8 March 13:00Z.
        ("America/New_York", "20260307T140000Z", 540, "2026-03-07"),
        ("America/New_York", "20260307T135959Z", 540, "2026-03-06"),
        ("America/New_York", "20260308T130000Z", 540, "2026-03-08"),
        // 02:30 of the change day is skipped and read as 03:30, which is 07:30Z.
        ("America/New_York", "20260308T073000Z", 150, "2026-03-08"),
        ("America/New_York", "20260308T072959Z", 150, "2026-03-07"),
        // 01:30 comes twice on 1 November: the first is meant, 05:30Z.
        ("America/New_York", "20261101T053000Z", 90, "2026-11-01"),
        ("America/New_York", "20261101T052959Z", 90, "2026-10-31"),
        // The local date is a day ahead of UTC's.
        ("Pacific/Kiritimati", "20260307T190000Z", 540, "2026-03-08"),
        ("Pacific/Kiritimati", "20260307T185959Z", 540, "2026-03-07"),
    ])
    func anUntilInUTCIsComparedWithTheOccurrencesInstant(
        zone: String, until: String, minute: Int, last: String
    ) throws {
        let dates = try Self.dates(
            "FREQ=DAILY;UNTIL=\(until)", start: "2026-01-01", minute: minute, zone: try TimeFixtures.zone(zone),
            through: "2027-01-01"
        )
        #expect(dates.last == last)
    }

    /// Where python-dateutil reads otherwise; see RecurrenceOracleTests.
    @Test func positionsCountTheWholeFirstWeekAlsoWhatLiesBeforeTheFirstDate() throws {
        // From a Wednesday. Of Monday, Wednesday and Friday the first is Monday, which lies before it.
        let dates = try Self.dates(
            "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1", start: "2026-11-04", through: "2026-11-20"
        )
        #expect(dates == ["2026-11-09", "2026-11-16"])
    }

    @Test func aWeekNumberAloneMeansTheFirstDatesWeekday() throws {
        let dates = try Self.dates("FREQ=YEARLY;BYWEEKNO=20;COUNT=3", start: "1997-05-13", through: "2030-01-01")
        #expect(dates == ["1997-05-13", "1998-05-12", "1999-05-18"])
    }

    @Test func plainAndNumberedWeekdaysAreTakenTogether() throws {
        let dates = try Self.dates("FREQ=MONTHLY;BYDAY=MO,1WE", start: "2026-11-01", through: "2026-11-30")
        #expect(dates == ["2026-11-02", "2026-11-04", "2026-11-09", "2026-11-16", "2026-11-23", "2026-11-30"])
    }

    @Test func theDaysBeforeNewYearMayLieInAWeekOfTheNextYear() throws {
        // 2024-12-30 is the Monday of week 1 of 2025, and so of the 52nd week from that year's end.
        for number in ["1", "-52"] {
            let dates = try Self.dates(
                "FREQ=YEARLY;BYWEEKNO=\(number);BYDAY=MO", start: "2024-06-01", through: "2025-06-01"
            )
            #expect(dates == ["2024-12-30"])
        }
        // 2021-01-01 lies in week 53 of 2020.
        for number in ["53", "-1"] {
            let dates = try Self.dates(
                "FREQ=YEARLY;BYWEEKNO=\(number);BYDAY=FR", start: "2020-06-01", through: "2021-06-01"
            )
            #expect(dates == ["2021-01-01"])
        }
    }

    @Test func theTwentyNinthOfFebruaryComesInLeapYears() throws {
        let dates = try Self.dates("FREQ=YEARLY", start: "2096-02-29", through: "2106-01-01")
        #expect(dates == ["2096-02-29", "2104-02-29"])
    }

    @Test func reachHoldsEveryDate() throws {
        let rule = try RecurrenceRule("FREQ=DAILY;COUNT=3")
        let recurrence = Recurrence(
            rule: rule, startsOn: isoDate("2026-11-03"), startMinute: 0, exdates: [isoDate("2030-01-01")],
            rdates: [isoDate("2026-10-01"), isoDate("2030-01-01")]
        )
        #expect(recurrence.reach == isoDate("2026-10-01")...isoDate("2026-11-05"))
        let unending = Recurrence(
            rule: try RecurrenceRule("FREQ=DAILY"), startsOn: isoDate("2026-11-03"), startMinute: 0)
        #expect(unending.reach == isoDate("2026-11-03")...isoDate("9999-12-31"))
    }
}
