import Scheduling
import Testing

/// Recurring rules and breaks among the other opening rules. 2026-11-03 is a Tuesday.
@Suite struct RecurringOpeningRuleTests {
    private typealias Make = CalendarFixtures

    private static func recurrence(_ rule: String, start: Int, from: String = "2026-11-01") throws -> Recurrence {
        Recurrence(rule: try RecurrenceRule(rule), startsOn: isoDate(from), startMinute: start)
    }

    private static func rule(
        _ id: UInt64, _ effect: OpeningRules.RecurringRule.Effect, _ start: Int, _ end: Int,
        _ text: String = "FREQ=DAILY"
    ) throws -> OpeningRules.RecurringRule {
        .init(
            id: Make.id(id), effect: effect, recurrence: try recurrence(text, start: start),
            interval: MinuteInterval(startMinute: start, endMinute: end)!
        )
    }

    /// Open minutes of 3 November, as from–to; a window that began the day before counts from below 0.
    private static func windows(_ openingRules: OpeningRules) -> [ClosedRange<Int>] {
        OpenTime(openingRules, zone: .utc, from: isoDate("2026-11-01"), through: isoDate("2026-11-05")).windows
            .compactMap {
                let start = Int(($0.start - Make.day.start) / 60_000_000)
                let end = Int(($0.end - Make.day.start) / 60_000_000)
                return end > 0 && start < 1_440 ? start...end : nil
            }
    }

    private static func openingRules(
        _ recurring: [OpeningRules.RecurringRule], fixed: [String: [(Int, Int)]] = [:]
    ) -> OpeningRules {
        var openingRules = OpeningRules(weekly: Make.week(540, 1_020), recurring: recurring)
        for (date, intervals) in fixed {
            openingRules.fixedDates[isoDate(date)] = .init(
                id: Make.id(77), intervals: intervals.map { MinuteInterval(startMinute: $0.0, endMinute: $0.1)! }
            )
        }
        return openingRules
    }

    @Test func availableWindowsAreAddedAndTouchingOnesMerge() throws {
        let rules = [try Self.rule(1, .available, 1_020, 1_080), try Self.rule(2, .available, 1_200, 1_260)]
        #expect(Self.windows(Self.openingRules(rules)) == [540...1_080, 1_200...1_260])
    }

    @Test func whatIsUnavailableIsTakenAfterAllIsAddedWhateverTheOrder() throws {
        let rules = [try Self.rule(1, .unavailable, 600, 1_140), try Self.rule(2, .available, 1_080, 1_200)]
        #expect(Self.windows(Self.openingRules(rules)) == [540...600, 1_140...1_200])
        #expect(Self.windows(Self.openingRules(rules.reversed())) == [540...600, 1_140...1_200])
    }

    @Test func aRuleActsOnItsDatesOnly() throws {
        let tuesday = try Self.rule(1, .unavailable, 540, 600, "FREQ=WEEKLY;BYDAY=TU")
        #expect(Self.windows(Self.openingRules([tuesday])) == [600...1_020])
        let monday = try Self.rule(1, .unavailable, 540, 600, "FREQ=WEEKLY;BYDAY=MO")
        #expect(Self.windows(Self.openingRules([monday])) == [540...1_020])
    }

    @Test func anUnavailableEveningTakesTheNextMorningToo() throws {
        let evening = try Self.rule(1, .unavailable, 1_380, 1_380 + 720, "FREQ=WEEKLY;BYDAY=MO")
        #expect(Self.windows(Self.openingRules([evening])) == [660...1_020])
    }

    @Test func aFixedDateReplacesAllThatStartsOnItAndNothingOfARuleTouchesIt() throws {
        let rules = [
            try Self.rule(1, .available, 1_080, 1_140), try Self.rule(2, .unavailable, 600, 660),
            try Self.rule(3, .unavailable, 1_380, 1_380 + 720, "FREQ=WEEKLY;BYDAY=MO"),
        ]
        #expect(Self.windows(Self.openingRules(rules, fixed: ["2026-11-03": [(600, 720)]])) == [600...720])
        #expect(Self.windows(Self.openingRules(rules, fixed: ["2026-11-03": []])) == [])
        // On Monday it has the place of the evening that would have taken Tuesday's morning.
        #expect(Self.windows(Self.openingRules([rules[2]], fixed: ["2026-11-02": []])) == [540...1_020])
    }

    @Test func aWindowOfTheEveningBeforeStaysOnAFixedDate() throws {
        let evening = try Self.rule(1, .available, 1_380, 1_380 + 240, "FREQ=WEEKLY;BYDAY=MO")
        #expect(Self.windows(Self.openingRules([evening], fixed: ["2026-11-03": [(180, 240)]])) == [-60...240])
    }

    @Test func aRecurringBreakTakesTimeEvenFromAFixedDate() throws {
        var openingRules = Self.openingRules([], fixed: ["2026-11-03": [(600, 720)]])
        let recurrence = try Self.recurrence("FREQ=DAILY;INTERVAL=2", start: 630)
        let interval = MinuteInterval(startMinute: 630, endMinute: 640)!
        openingRules.breaks = [.init(id: Make.id(5), days: .recurring(recurrence), interval: interval)]
        #expect(Self.windows(openingRules) == [600...630, 640...720])
        openingRules.fixedDates = [:]
        #expect(Self.windows(openingRules) == [540...630, 640...1_020])
    }

    @Test func aClosedTimeNamesTheRuleThatClosesIt() throws {
        let rules = [
            try Self.rule(1, .unavailable, 1_000, 1_440), try Self.rule(2, .unavailable, 600, 630),
            try Self.rule(3, .unavailable, 610, 640),
        ]
        var state = Make.state { $0.openingRules = Self.openingRules(rules) }
        func source(_ hour: Int, _ minute: Int = 0) -> ID? {
            let reason = state.verdict(start: Make.at(hour, minute), duration: 30, now: Make.now).reasons.first
            #expect(reason?.code == .closed)
            return reason?.sourceID
        }
        #expect(source(10) == Make.id(2))
        #expect(source(9, 45) == Make.id(2))
        #expect(source(10, 35) == Make.id(3))
        #expect(source(16, 30) == Make.id(1))
        // Nobody opened the evening: no rule closes it.
        #expect(source(18) == nil)
        state = Make.state { $0.openingRules = Self.openingRules(rules, fixed: ["2026-11-03": [(600, 660)]]) }
        #expect(source(9) == Make.id(77))
        #expect(source(10, 45) == Make.id(77))
    }

    @Test func aBreakAndABlackoutNameThemselves() throws {
        let recurrence = try Self.recurrence("FREQ=WEEKLY;BYDAY=TU", start: 720)
        let date = isoDate("2026-11-04")
        var state = Make.state {
            $0.openingRules.breaks = [
                .init(
                    id: Make.id(4), days: .weekdays([.wednesday]),
                    interval: MinuteInterval(startMinute: 0, endMinute: 10)!),
                .init(
                    id: Make.id(5), days: .recurring(recurrence),
                    interval: MinuteInterval(startMinute: 720, endMinute: 750)!),
            ]
            $0.openingRules.blackouts = [.init(id: Make.id(6), startsOn: date, endsOn: date, repeatsYearly: true)]
        }
        let pause = state.verdict(start: Make.at(12), duration: 30, now: Make.now).reasons
        #expect(pause.map(\.code) == [.pause] && pause.first?.sourceID == Make.id(5))
        let black = state.verdict(start: Make.at(36), duration: 30, now: Make.now).reasons
        #expect(black.map(\.code) == [.blackout] && black.first?.sourceID == Make.id(6))
    }
}
