import TestSupport
import Testing

@testable import Scheduling

/// What a change of rules compiles anew and touches: the days it alters, and no others.
@Suite struct RuleChangeTests {
    private typealias Make = CalendarFixtures

    /// 1 November (a Sunday) to 30 January: 90 days.
    private static let range = Span(rfc3339("2026-11-01T00:00:00Z"), rfc3339("2027-01-30T00:00:00Z"))

    private static func date(_ offset: Int) -> CivilDate { isoDate("2026-11-01").adding(days: offset) }

    private static func interval(_ start: Int = 600, _ end: Int = 660) -> MinuteInterval {
        MinuteInterval(startMinute: start, endMinute: end)!
    }

    private static func recurrence(_ text: String) throws -> Recurrence {
        Recurrence(rule: try RecurrenceRule(text), startsOn: date(-40), startMinute: 600)
    }

    private static func customWeek(_ start: Int) -> OpeningRules.CustomWeek {
        .init(id: nil, startsOn: date(30), endsOn: date(43), hours: Make.week(start, start + 60), priority: 0)
    }

    struct Change: Sendable, CustomTestStringConvertible {
        let name: String
        /// How many of the 90 days are compiled anew.
        let days: Int
        /// Whether slots of every day may be others.
        var touchesAll = false
        var base: @Sendable (inout SchedulingRules) throws -> Void = { _ in }
        let change: @Sendable (inout SchedulingRules) throws -> Void
        var testDescription: String { name }
    }

    private static let neverClosing: @Sendable (inout SchedulingRules) throws -> Void = {
        $0.openingRules.weekly = Make.week(0, 1_440)
    }

    private static let steppingUnevenly: @Sendable (inout SchedulingRules) throws -> Void = {
        $0.openingRules.weekly = Make.week(0, 1_440)
        $0.slotInterval = 50
    }

    static let changes: [Change] = [
        Change(name: "nothing", days: 0) { _ in },
        Change(name: "minutes of a hold", days: 0) { $0.holdMinutes = 9 },
        Change(name: "capacity", days: 0, touchesAll: true) { $0.capacity = 3 },
        Change(name: "buffers", days: 0, touchesAll: true) { $0.buffers = .init(before: 5) },
        Change(name: "notice", days: 0, touchesAll: true) { $0.minNotice = 60 },
        Change(name: "horizon", days: 0, touchesAll: true) { $0.horizonDays = 7 },
        Change(name: "daily limit", days: 0, touchesAll: true) { $0.maxBookingsPerDay = 2 },
        Change(name: "active", days: 0, touchesAll: true) { $0.isActive = false },
        Change(name: "allowed durations", days: 0, touchesAll: true) { $0.allowedDurations = [30, 60] },
        Change(name: "interval", days: 90, touchesAll: true) { $0.slotInterval = 10 },
        Change(name: "zone", days: 90, touchesAll: true) { $0.zone = try TimeFixtures.zone("Europe/London") },
        Change(name: "all weekly hours", days: 90) { $0.openingRules.weekly = Make.week(600, 660) },
        Change(name: "Monday's hours", days: 13) {
            $0.openingRules.weekly = WeeklyHours(Make.week().intervals.filter { $0.0 != .monday })
        },
        Change(name: "fixed date", days: 1) {
            $0.openingRules.fixedDates[date(20)] = .init(id: nil, intervals: [interval()])
        },
        Change(name: "fixed date with the same hours", days: 0) {
            $0.openingRules.fixedDates[date(20)] = .init(id: nil, intervals: [interval(540, 1_020)])
        },
        Change(name: "fixed date across midnight", days: 2) {
            $0.openingRules.fixedDates[date(20)] = .init(id: nil, intervals: [interval(540, 1_500)])
        },
        Change(
            name: "fixed date taken away", days: 1,
            base: { $0.openingRules.fixedDates[date(20)] = .init(id: nil, intervals: []) },
            change: { $0.openingRules.fixedDates = [:] }
        ),
        Change(name: "custom week", days: 14) { $0.openingRules.customWeeks = [customWeek(600)] },
        Change(
            name: "custom weeks in another order", days: 14,
            base: { $0.openingRules.customWeeks = [customWeek(600), customWeek(700)] },
            change: { $0.openingRules.customWeeks.reverse() }
        ),
        Change(name: "blackout", days: 3) {
            $0.openingRules.blackouts = [.init(id: nil, startsOn: date(10), endsOn: date(12), repeatsYearly: false)]
        },
        Change(name: "yearly blackout", days: 1) {
            $0.openingRules.blackouts = [
                .init(id: nil, startsOn: isoDate("2020-12-24"), endsOn: isoDate("2020-12-24"), repeatsYearly: true)
            ]
        },
        Change(name: "break on a date", days: 1) {
            $0.openingRules.breaks = [.init(id: nil, days: .date(date(5)), interval: interval())]
        },
        Change(name: "break outside the hours", days: 0) {
            $0.openingRules.breaks = [.init(id: nil, days: .date(date(5)), interval: interval(60, 120))]
        },
        Change(name: "break on Fridays", days: 13) {
            $0.openingRules.breaks = [.init(id: nil, days: .weekdays([.friday]), interval: interval())]
        },
        Change(name: "recurring break", days: 3) {
            let recurrence = try recurrence("FREQ=MONTHLY;BYDAY=1MO")
            $0.openingRules.breaks = [.init(id: nil, days: .recurring(recurrence), interval: interval())]
        },
        Change(name: "recurring rule", days: 3) {
            let recurrence = try recurrence("FREQ=MONTHLY;BYMONTHDAY=15")
            $0.openingRules.recurring = [
                .init(id: nil, effect: .available, recurrence: recurrence, interval: interval(1_200, 1_260))
            ]
        },
        Change(name: "recurring rule that ended", days: 0) {
            let recurrence = try recurrence("FREQ=DAILY;COUNT=20")
            $0.openingRules.recurring = [
                .init(id: nil, effect: .available, recurrence: recurrence, interval: interval(1_200, 1_260))
            ]
        },
        // From the new opening the grid steps on over the midnights of eight dates, of which one falls on a step as
        // before; a slot of a day that begins the
        // day before would run into the gap.
        Change(name: "fixed date where nothing closes", days: 8, base: steppingUnevenly) {
            $0.openingRules.fixedDates[date(20)] = .init(id: nil, intervals: [interval(600, 1_440)])
        },
        // Half an hour goes into an hour: behind the break the steps fall where they fell.
        Change(name: "break where nothing closes", days: 2, base: neverClosing) {
            $0.openingRules.breaks = [.init(id: nil, days: .date(date(20)), interval: interval())]
        },
    ]

    @Test(arguments: changes)
    func onlyAlteredDaysAreCompiledAnewAndTouched(change: Change) throws {
        var rules = Make.rules { $0.horizonDays = 400 }
        try change.base(&rules)
        var state = CalendarState(rules: rules)
        let before = state.starts(Self.range, now: Self.range.start)
        #expect(state.compiledDays == 90)
        _ = state.takeTouched()
        try change.change(&rules)
        state.apply(.reconfigure(rules), seq: 1)
        let touched = state.takeTouched()
        let days = rules.zone == .utc ? Self.range : Self.range.shifted(in: rules.zone)
        let after = state.starts(days, now: days.start)
        #expect(state.compiledDays - 90 == change.days)
        var fresh = CalendarState(rules: rules)
        #expect(after == fresh.starts(days, now: days.start))
        switch touched {
        case .everything: #expect(change.touchesAll)
        case .nothing:
            #expect(!change.touchesAll)
            #expect(after == before)
        case .spans(let spans):
            #expect(!change.touchesAll)
            for start in Set(before).symmetricDifference(after) { #expect(spans.contains { $0.contains(start) }) }
            if change.days > 0 {
                let inside = spans.map { $0.intersection(Self.range) }.filter { !$0.isEmpty }
                #expect(inside.reduce(0) { $0 + ($1.end - $1.start) } <= Int64(change.days) * 86_400_000_000)
            }
        }
    }

    /// Rules that change at random, and answers that are kept until they are touched.
    @Test func afterAnyChangeTheAnswerIsThatOfANewStateAndWhatWasNotTouchedStands() {
        for seed in ModelRun.seeds(share: 0.2) {
            var calendar = RandomCalendar(seed: seed)
            var state = calendar.state
            let (range, now) = (calendar.range, calendar.now)
            let date = calendar.zone.date(at: range.start)
            var known = state.availability(in: range, duration: calendar.duration, now: now).slots
            _ = state.takeTouched()
            for _ in 0..<4 {
                var rules = state.rules
                calendar.random.change(&rules, around: date)
                if calendar.random.chance(50) {
                    state.apply(.reconfigure(rules), seq: nil)
                } else {
                    state.follow(setting: [], removing: [], rules: rules, seq: 1)
                }
                let touched = state.takeTouched()
                let slots = state.availability(in: range, duration: calendar.duration, now: now).slots
                var fresh = CalendarState(rules: rules, entries: calendar.entries, externalBusy: calendar.external)
                let expected = fresh.availability(in: range, duration: calendar.duration, now: now).slots
                guard slots == expected else {
                    Issue.record("other than a new state: \(calendar)")
                    return
                }
                let altered = Set(known).symmetricDifference(slots).map(\.start)
                switch touched {
                case .everything: break
                case .nothing: #expect(altered.isEmpty, "\(calendar)")
                case .spans(let spans):
                    #expect(altered.allSatisfy { start in spans.contains { $0.contains(start) } }, "\(calendar)")
                }
                known = slots
            }
        }
    }

    @Test func withoutACacheTheDatesThatMayBeReachedAreNamed() {
        let old = Make.rules { _ in }
        let new = Make.rules { $0.openingRules.fixedDates[Self.date(20)] = .init(id: nil, intervals: []) }
        #expect(new.changedDates(from: old) == .dates([Self.date(18)...Self.date(29)]))
        #expect(old.changedDates(from: old) == .none)
        #expect(new.changedDates(from: Make.rules { $0.slotInterval = 10 }) == .everything)
        let inside = Self.date(0)...Self.date(22)
        #expect(
            new.changedDates(from: old, within: inside)
                == .dates([Self.date(20)...Self.date(20), Self.date(23)...Self.date(29)])
        )
    }
}

extension Span {
    /// The same dates of another zone.
    fileprivate func shifted(in zone: Zone) -> Span {
        Span(
            zone.firstInstant(of: Zone.utc.date(at: start)), zone.firstInstant(of: Zone.utc.date(at: end))
        )
    }
}

extension SplitMix {
    /// Changes something: mostly one opening rule, by adding or taking away.
    mutating func change(_ rules: inout SchedulingRules, around date: CivilDate) {
        let other = openingRules(around: date)
        switch int(0...11) {
        case 0: rules.openingRules.weekly = other.weekly
        case 1:
            rules.openingRules.customWeeks = chance(50) ? other.customWeeks : rules.openingRules.customWeeks.reversed()
        case 2, 3: rules.openingRules.recurring.append(recurringRule(int(4...9), around: date))
        case 4: if !rules.openingRules.recurring.isEmpty { rules.openingRules.recurring.removeLast() }
        case 5: rules.openingRules.fixedDates = other.fixedDates
        case 6: rules.openingRules.fixedDates[date.adding(days: int(-2...6))] = .init(id: nil, intervals: [interval()])
        case 7: rules.openingRules.blackouts = other.blackouts
        case 8, 9: rules.openingRules.breaks = other.breaks
        case 10: rules.capacity = int(1...3)
        default: rules.slotInterval = [10, 15, 50, 90].randomElement(using: &self)!
        }
    }
}
