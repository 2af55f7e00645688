import Scheduling
import Testing

/// Windows on days on which a zone's clock changes, by hand.
@Suite struct ClockChangeTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let zone: String
        let date: String
        let start: String
        let end: String
        /// The window in UTC; nil where none is left.
        let window: (from: String, to: String)?
        var testDescription: String { "\(zone) \(date) \(start)–\(end)" }

        init(_ zone: String, _ date: String, _ start: String, _ end: String, _ from: String?, _ to: String?) {
            self.zone = zone
            self.date = date
            self.start = start
            self.end = end
            window = from.flatMap { from in to.map { (from + ":00Z", $0 + ":00Z") } }
        }

        func windows() throws -> [Span] {
            let interval = MinuteInterval(start: LocalTime(hhmm: start)!, end: LocalTime(hhmm: end, allowing24: true)!)!
            let openingRules = OpeningRules(fixedDates: [isoDate(date): .init(id: nil, intervals: [interval])])
            return OpenTime(
                openingRules, zone: try TimeFixtures.zone(zone), from: isoDate(date).adding(days: -3),
                through: isoDate(date).adding(days: 3)
            ).windows
        }
    }

    static let wholeDays: [(Row, minutes: Int)] = [
        (Row("America/New_York", "2026-03-08", "00:00", "24:00", "2026-03-08T05:00", "2026-03-09T04:00"), 1_380),
        (Row("America/New_York", "2026-11-01", "00:00", "24:00", "2026-11-01T04:00", "2026-11-02T05:00"), 1_500),
        (Row("Europe/London", "2026-03-29", "00:00", "24:00", "2026-03-29T00:00", "2026-03-29T23:00"), 1_380),
        (Row("Europe/London", "2026-10-25", "00:00", "24:00", "2026-10-24T23:00", "2026-10-26T00:00"), 1_500),
        (Row("Australia/Lord_Howe", "2026-04-05", "00:00", "24:00", "2026-04-04T13:00", "2026-04-05T13:30"), 1_470),
        (Row("Australia/Lord_Howe", "2026-10-04", "00:00", "24:00", "2026-10-03T13:30", "2026-10-04T13:00"), 1_410),
        (Row("Antarctica/Troll", "2026-03-29", "00:00", "24:00", "2026-03-29T00:00", "2026-03-29T22:00"), 1_320),
        (Row("Antarctica/Troll", "2026-10-25", "00:00", "24:00", "2026-10-24T22:00", "2026-10-26T00:00"), 1_560),
        (Row("America/Santiago", "2026-04-04", "00:00", "24:00", "2026-04-04T03:00", "2026-04-05T04:00"), 1_500),
        (Row("America/Santiago", "2026-09-06", "00:00", "24:00", "2026-09-06T04:00", "2026-09-07T03:00"), 1_380),
        (Row("Asia/Beirut", "2026-03-29", "00:00", "24:00", "2026-03-28T22:00", "2026-03-29T21:00"), 1_380),
        (Row("Asia/Beirut", "2026-10-24", "00:00", "24:00", "2026-10-23T21:00", "2026-10-24T22:00"), 1_500),
        (Row("Africa/Cairo", "2026-04-24", "00:00", "24:00", "2026-04-23T22:00", "2026-04-24T21:00"), 1_380),
        (Row("Africa/Cairo", "2026-10-29", "00:00", "24:00", "2026-10-28T21:00", "2026-10-29T22:00"), 1_500),
        (Row("America/Havana", "2026-03-08", "00:00", "24:00", "2026-03-08T05:00", "2026-03-09T04:00"), 1_380),
        (Row("America/Havana", "2026-11-01", "00:00", "24:00", "2026-11-01T04:00", "2026-11-02T05:00"), 1_500),
        (Row("Africa/Casablanca", "2026-02-15", "00:00", "24:00", "2026-02-14T23:00", "2026-02-16T00:00"), 1_500),
        (Row("Africa/Casablanca", "2026-03-22", "00:00", "24:00", "2026-03-22T00:00", "2026-03-22T23:00"), 1_380),
        (Row("America/Sao_Paulo", "2018-11-04", "00:00", "24:00", "2018-11-04T03:00", "2018-11-05T02:00"), 1_380),
        (Row("America/Nuuk", "2026-03-28", "00:00", "24:00", "2026-03-28T02:00", "2026-03-29T01:00"), 1_380),
        (Row("Pacific/Chatham", "2026-04-05", "00:00", "24:00", "2026-04-04T10:15", "2026-04-05T11:15"), 1_500),
        (Row("Pacific/Chatham", "2026-09-27", "00:00", "24:00", "2026-09-26T11:15", "2026-09-27T10:15"), 1_380),
        (Row("Asia/Kathmandu", "2026-03-08", "00:00", "24:00", "2026-03-07T18:15", "2026-03-08T18:15"), 1_440),
        (Row("Pacific/Kiritimati", "2026-01-01", "00:00", "24:00", "2025-12-31T10:00", "2026-01-01T10:00"), 1_440),
        (Row("Pacific/Apia", "2011-12-29", "00:00", "24:00", "2011-12-29T10:00", "2011-12-30T10:00"), 1_440),
        (Row("Pacific/Apia", "2011-12-30", "00:00", "24:00", nil, nil), 0),
        (Row("Pacific/Apia", "2011-12-31", "00:00", "24:00", "2011-12-30T10:00", "2011-12-31T10:00"), 1_440),
    ]

    static let windows: [Row] = [
        // Across midnight into a day that changes.
        Row("America/New_York", "2026-03-07", "22:00", "06:00", "2026-03-08T03:00", "2026-03-08T10:00"),
        Row("America/New_York", "2026-10-31", "22:00", "06:00", "2026-11-01T02:00", "2026-11-01T11:00"),
        Row("America/Santiago", "2026-04-04", "22:00", "02:00", "2026-04-05T01:00", "2026-04-05T06:00"),
        Row("Asia/Beirut", "2026-03-28", "22:00", "02:00", "2026-03-28T20:00", "2026-03-28T23:00"),
        Row("America/Nuuk", "2026-03-28", "22:00", "23:30", "2026-03-29T00:00", "2026-03-29T01:30"),
        Row("Europe/London", "2026-03-28", "22:00", "03:00", "2026-03-28T22:00", "2026-03-29T02:00"),
        Row("Europe/London", "2026-10-24", "22:00", "03:00", "2026-10-24T21:00", "2026-10-25T03:00"),
        Row("Africa/Casablanca", "2026-02-14", "22:00", "06:00", "2026-02-14T21:00", "2026-02-15T06:00"),
        Row("Africa/Casablanca", "2026-03-21", "22:00", "06:00", "2026-03-21T22:00", "2026-03-22T05:00"),
        Row("America/Havana", "2026-03-07", "22:00", "02:00", "2026-03-08T03:00", "2026-03-08T06:00"),
        Row("America/Havana", "2026-10-31", "22:00", "02:00", "2026-11-01T02:00", "2026-11-01T07:00"),
        Row("Africa/Cairo", "2026-04-23", "22:00", "02:00", "2026-04-23T20:00", "2026-04-23T23:00"),
        Row("Africa/Cairo", "2026-10-29", "22:00", "02:00", "2026-10-29T19:00", "2026-10-30T00:00"),
        Row("Asia/Beirut", "2026-10-24", "22:00", "02:00", "2026-10-24T19:00", "2026-10-25T00:00"),
        Row("America/Santiago", "2026-09-05", "22:00", "02:00", "2026-09-06T02:00", "2026-09-06T05:00"),
        Row("Antarctica/Troll", "2026-03-28", "23:00", "04:00", "2026-03-28T23:00", "2026-03-29T02:00"),
        Row("Antarctica/Troll", "2026-10-24", "23:00", "04:00", "2026-10-24T21:00", "2026-10-25T04:00"),
        Row("Australia/Lord_Howe", "2026-10-03", "23:00", "03:00", "2026-10-03T12:30", "2026-10-03T16:00"),
        Row("Australia/Lord_Howe", "2026-04-04", "23:00", "03:00", "2026-04-04T12:00", "2026-04-04T16:30"),
        Row("Pacific/Chatham", "2026-09-26", "22:00", "04:00", "2026-09-26T09:15", "2026-09-26T14:15"),
        Row("Pacific/Chatham", "2026-04-04", "22:00", "04:00", "2026-04-04T08:15", "2026-04-04T15:15"),
        Row("Pacific/Apia", "2011-12-29", "22:00", "02:00", "2011-12-30T08:00", "2011-12-30T12:00"),
        Row("Pacific/Apia", "2011-12-30", "22:00", "02:00", nil, nil),
        Row("Pacific/Kiritimati", "2026-01-01", "22:00", "02:00", "2026-01-01T08:00", "2026-01-01T12:00"),
        Row("America/Santiago", "2026-09-05", "22:00", "24:00", "2026-09-06T02:00", "2026-09-06T04:00"),
        Row("America/Santiago", "2026-04-04", "23:30", "24:00", "2026-04-05T02:30", "2026-04-05T04:00"),
        Row("Asia/Kathmandu", "2026-03-08", "22:00", "24:00", "2026-03-08T16:15", "2026-03-08T18:15"),
        // In a gap: read with the offset before it; what maps empty or inverted is dropped.
        Row("America/New_York", "2026-03-08", "02:00", "03:00", nil, nil),
        Row("America/New_York", "2026-03-08", "02:30", "03:15", nil, nil),
        Row("America/New_York", "2026-03-08", "02:15", "02:45", "2026-03-08T07:15", "2026-03-08T07:45"),
        Row("America/New_York", "2026-03-08", "01:30", "02:30", "2026-03-08T06:30", "2026-03-08T07:30"),
        Row("Antarctica/Troll", "2026-03-29", "01:30", "02:30", "2026-03-29T01:30", "2026-03-29T02:30"),
        Row("Australia/Lord_Howe", "2026-10-04", "02:00", "02:30", nil, nil),
        Row("Pacific/Apia", "2011-12-30", "09:00", "17:00", "2011-12-30T19:00", "2011-12-31T03:00"),
        Row("Europe/London", "2026-03-29", "01:00", "02:00", nil, nil),
        Row("Africa/Casablanca", "2026-03-22", "02:00", "03:00", nil, nil),
        Row("Africa/Casablanca", "2026-03-22", "01:30", "02:30", "2026-03-22T01:30", "2026-03-22T02:30"),
        Row("America/Havana", "2026-03-08", "00:00", "01:00", nil, nil),
        Row("Africa/Cairo", "2026-04-24", "00:00", "01:30", "2026-04-23T22:00", "2026-04-23T22:30"),
        Row("Antarctica/Troll", "2026-03-29", "01:00", "03:00", nil, nil),
        Row("Pacific/Chatham", "2026-09-27", "02:45", "03:45", nil, nil),
        // Repeated: the first.
        Row("Europe/London", "2026-10-25", "01:00", "02:00", "2026-10-25T00:00", "2026-10-25T02:00"),
        Row("Africa/Casablanca", "2026-02-15", "02:00", "03:00", "2026-02-15T01:00", "2026-02-15T03:00"),
        Row("America/Havana", "2026-11-01", "00:30", "01:00", "2026-11-01T04:30", "2026-11-01T06:00"),
        Row("America/New_York", "2026-11-01", "01:30", "01:45", "2026-11-01T05:30", "2026-11-01T05:45"),
        Row("America/New_York", "2026-11-01", "01:00", "02:00", "2026-11-01T05:00", "2026-11-01T07:00"),
        Row("Australia/Lord_Howe", "2026-04-05", "01:30", "02:00", "2026-04-04T14:30", "2026-04-04T15:30"),
    ]

    @Test(arguments: wholeDays)
    func aWholeDayLastsAsLongAsItsClockSays(row: Row, minutes: Int) throws {
        let windows = try row.windows()
        #expect(windows == row.window.map { [Span(rfc3339($0.from), rfc3339($0.to))] } ?? [])
        #expect(windows.reduce(0) { $0 + ($1.end - $1.start) } == Int64(minutes) * 60_000_000)
    }

    @Test(arguments: windows)
    func aWindowIsMappedByItsEndpoints(row: Row) throws {
        #expect(try row.windows() == row.window.map { [Span(rfc3339($0.from), rfc3339($0.to))] } ?? [])
    }

    /// A recurring rule, a break and a fixed date mean the same time on a date.
    @Test(arguments: windows)
    func everyOpeningRuleMapsItsTimesAlike(row: Row) throws {
        let interval = MinuteInterval(
            start: LocalTime(hhmm: row.start)!, end: LocalTime(hhmm: row.end, allowing24: true)!)!
        let recurrence = Recurrence(
            rule: try RecurrenceRule("FREQ=YEARLY;COUNT=1"), startsOn: isoDate(row.date), startMinute: interval.start
        )
        let zone = try TimeFixtures.zone(row.zone)
        func windows(_ change: (inout OpeningRules) -> Void) -> [Span] {
            var openingRules = OpeningRules()
            change(&openingRules)
            let date = isoDate(row.date)
            return OpenTime(openingRules, zone: zone, from: date.adding(days: -3), through: date.adding(days: 3))
                .windows
        }
        let always = CalendarFixtures.week(0, 1_440)
        let expected = row.window.map { [Span(rfc3339($0.from), rfc3339($0.to))] } ?? []
        let rest = SpanAlgebra.subtracting(windows { $0.weekly = always }, expected)
        #expect(
            windows {
                $0.recurring = [.init(id: nil, effect: .available, recurrence: recurrence, interval: interval)]
            } == expected
        )
        #expect(
            windows {
                $0.weekly = always
                $0.recurring = [.init(id: nil, effect: .unavailable, recurrence: recurrence, interval: interval)]
            } == rest
        )
        for days in [OpeningRules.Break.Days.recurring(recurrence), .date(isoDate(row.date))] {
            #expect(
                windows {
                    $0.weekly = always
                    $0.breaks = [.init(id: nil, days: days, interval: interval)]
                } == rest
            )
        }
    }

    @Test(arguments: wholeDays)
    func hourlySlotsFillAWholeDayFromItsStart(row: Row, minutes: Int) throws {
        let zone = try TimeFixtures.zone(row.zone)
        var rules = SchedulingRules(zone: zone, slotDuration: 60, horizonDays: nil)
        rules.openingRules.fixedDates = [
            isoDate(row.date): .init(id: nil, intervals: [MinuteInterval(startMinute: 0, endMinute: 1_440)!])
        ]
        var state = CalendarState(rules: rules)
        let first = zone.firstInstant(of: isoDate(row.date))
        let slots = state.starts(Span(first.adding(days: -2), first.adding(days: 3)), now: first.adding(days: -2))
        #expect(slots.count == minutes / 60)
        #expect(slots == (0..<minutes / 60).map { first.adding(minutes: $0 * 60) })
    }

    @Test func aBreakInsideTheGapIsDroppedOrMovesBehindIt() throws {
        let zone = try TimeFixtures.zone("America/New_York")
        let date = isoDate("2026-03-08")
        func windows(_ start: Int, _ end: Int) -> [Span] {
            let pause = MinuteInterval(startMinute: start, endMinute: end)!
            let openingRules = OpeningRules(
                fixedDates: [date: .init(id: nil, intervals: [MinuteInterval(startMinute: 0, endMinute: 720)!])],
                breaks: [.init(id: nil, days: .date(date), interval: pause)]
            )
            return OpenTime(openingRules, zone: zone, from: date, through: date).windows
        }
        let start = rfc3339("2026-03-08T05:00:00Z")
        let end = rfc3339("2026-03-08T16:00:00Z")
        #expect(windows(120, 180) == [Span(start, end)])
        #expect(
            windows(135, 165) == [
                Span(start, rfc3339("2026-03-08T07:15:00Z")), Span(rfc3339("2026-03-08T07:45:00Z"), end),
            ]
        )
    }

    @Test(arguments: [
        ("America/New_York", "2026-03-08", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"),
        ("Europe/London", "2026-03-29", "2026-03-29T00:00:00Z", "2026-03-29T23:00:00Z"),
        ("Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z"),
        ("Antarctica/Troll", "2026-03-29", "2026-03-29T00:00:00Z", "2026-03-29T22:00:00Z"),
        ("Antarctica/Troll", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-26T00:00:00Z"),
        ("America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"),
        ("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"),
        ("Africa/Casablanca", "2026-02-15", "2026-02-14T23:00:00Z", "2026-02-16T00:00:00Z"),
        ("Pacific/Chatham", "2026-04-05", "2026-04-04T10:15:00Z", "2026-04-05T11:15:00Z"),
        ("Asia/Kathmandu", "2026-03-08", "2026-03-07T18:15:00Z", "2026-03-08T18:15:00Z"),
        ("Pacific/Kiritimati", "2026-01-01", "2025-12-31T10:00:00Z", "2026-01-01T10:00:00Z"),
        ("Africa/Cairo", "2026-10-29", "2026-10-28T21:00:00Z", "2026-10-29T22:00:00Z"),
        ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"),
    ])
    func aBlackoutTakesTheWholeDayOfTheChange(zone: String, date: String, from: String, to: String) throws {
        let day = isoDate(date)
        let openingRules = OpeningRules(
            weekly: CalendarFixtures.week(0, 1_440),
            blackouts: [.init(id: nil, startsOn: day, endsOn: day, repeatsYearly: false)]
        )
        let open = OpenTime(
            openingRules, zone: try TimeFixtures.zone(zone), from: day.adding(days: -2), through: day.adding(days: 2)
        )
        #expect(open.windows.map(\.start).last == rfc3339(to))
        #expect(open.windows.map(\.end).first == rfc3339(from))
        #expect(open.windows.count == 2)
    }

    @Test func aBlackoutOfADateThatNeverWasTakesNothing() throws {
        let day = isoDate("2011-12-30")
        let openingRules = OpeningRules(
            weekly: CalendarFixtures.week(0, 1_440),
            blackouts: [.init(id: nil, startsOn: day, endsOn: day, repeatsYearly: false)]
        )
        let zone = try TimeFixtures.zone("Pacific/Apia")
        let open = OpenTime(openingRules, zone: zone, from: day.adding(days: -2), through: day.adding(days: 2))
        #expect(open.windows.count == 1)
    }

    @Test func aCalendarThatNeverClosesStepsOnBehindADateThatNeverWas() throws {
        let zone = try TimeFixtures.zone("Pacific/Apia")
        var state = CalendarState(
            rules: SchedulingRules(
                zone: zone, openingRules: OpeningRules(weekly: CalendarFixtures.week(0, 1_440)), slotDuration: 20,
                horizonDays: nil
            )
        )
        let change = rfc3339("2011-12-30T10:00:00Z")
        let expected = (0..<72).map { change.adding(minutes: $0 * 20) }
        #expect(state.starts(Span(change, change.adding(days: 1)), now: change) == expected)
        let offers = state.offered(on: isoDate("2011-12-29")...isoDate("2012-01-01"))
        #expect(offers.map(\.slotCount) == [72, 0, 72, 72])
        #expect(offers.map(\.openMinutes) == [1_440, 0, 1_440, 1_440])
    }

    @Test func aSlotOfADayMayReachOverAShortDayIntoTheOneAfter() throws {
        // From Saturday 23:30 a day of 24 hours ends on Monday at 00:30: Sunday has only 23.
        var rules = SchedulingRules(zone: try TimeFixtures.zone("America/New_York"), slotDuration: 1_440)
        rules.slotInterval = 30
        rules.openingRules.weekly = CalendarFixtures.week(0, 1_440)
        var state = CalendarState(rules: rules)
        let start = rfc3339("2026-03-08T04:30:00Z")
        #expect(state.starts(Span(start, start.adding(minutes: 1)), now: start) == [start])
    }

    @Test func anEveningThatComesTwiceAfterMidnightBelongsToTheLaterDate() throws {
        // St. John's went from 00:01 on 7 November 2010 back to 23:01 on the 6th.
        let zone = try TimeFixtures.zone("America/St_Johns")
        let change = rfc3339("2010-11-07T02:31:00Z")
        let again = Span(change, change.adding(minutes: 59))
        #expect(zone.date(at: change) == isoDate("2010-11-06"))
        var rules = SchedulingRules(zone: zone, maxBookingsPerDay: 1)
        rules.openingRules.weekly = CalendarFixtures.week(0, 1_440)
        var open = CalendarState(rules: rules)
        #expect(open.starts(again, now: change) == [rfc3339("2010-11-07T03:00:00Z")])
        let noon = rfc3339("2010-11-07T15:30:00Z")
        var full = CalendarState(
            rules: rules, entries: [CalendarFixtures.appointment(1, Span(noon, noon.adding(minutes: 30)))])
        #expect(full.starts(again, now: change).isEmpty)
        let verdict = full.verdict(start: rfc3339("2010-11-07T03:00:00Z"), duration: 30, now: change)
        #expect(verdict.reasons.map(\.code) == [.dailyLimit])
    }
}
