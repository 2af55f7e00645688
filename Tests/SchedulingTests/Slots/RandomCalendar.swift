import TestSupport
import Foundation
import Scheduling

/// A calendar made from a seed: every opening rule, odd buffers, appointments and holds anywhere, a range and a moment to ask
/// about. Half of them live around a change of their zone's clock.
struct RandomCalendar: CustomStringConvertible {
    let seed: UInt64
    let zone: Zone
    let rules: SchedulingRules
    let entries: [Occupancy.Entry]
    let external: [Span]
    let range: Span
    let duration: Int
    let now: Instant
    var random: SplitMix

    var state: CalendarState { CalendarState(rules: rules, entries: entries, externalBusy: external) }

    var description: String {
        "seed \(seed) \(zone.id) range \(range.start)…\(range.end) now \(now) duration \(duration)"
    }

    init(seed: UInt64, zones: [Zone] = RandomCalendar.zones) {
        self.seed = seed
        random = SplitMix(seed: seed)
        zone = zones.randomElement(using: &random)!
        let anchor = random.anchor(in: zone)
        let isOdd = Self.oddSeconds(zone, anchor)
        let date = zone.date(at: anchor)
        let start = anchor.adding(minutes: -random.int(0...(isOdd ? 1_500 : 5_000)))
        let length = random.chance(5) ? random.int(0...300) : random.int(300...(isOdd ? 2_500 : 9_000))
        range = Span(start, start.adding(minutes: length))

        var rules = SchedulingRules(
            zone: zone, isActive: !random.chance(2), openingRules: random.openingRules(around: date))
        rules.buffers = .init(before: random.buffer(), after: random.buffer(), between: random.buffer())
        let durations = random.durations()
        rules.slotDuration = durations[0]
        rules.allowedDurations = durations
        rules.slotInterval = [5, 10, 15, 15, 20, 30, 45, 50, 60, 90, 1_440].randomElement(using: &random)!
        rules.minNotice = [0, 0, 30, 120, 1_440, 2_880].randomElement(using: &random)!
        rules.horizonDays = [nil, 1, 2, 7, 60, 3_650].randomElement(using: &random)!
        rules.capacity = [1, 1, 2, 2, 3, 3, 5].randomElement(using: &random)!
        rules.maxBookingsPerDay = random.chance(60) ? nil : random.int(1...4)
        duration = durations.randomElement(using: &random)!

        var now = start.adding(minutes: random.int(-600...600)).adding(microseconds: Int64(random.int(-3...3)))
        if random.chance(40), let days = rules.horizonDays { now = now.adding(days: -days).adding(minutes: 1_500) }
        if random.chance(20) { now = now.adding(minutes: -rules.minNotice) }
        self.now = now
        self.rules = rules
        entries = random.entries(in: range, rules: rules, now: now)
        external = random.external(in: range)
    }

    /// Every fixture zone; those whose offsets once had odd seconds among them.
    static let zones = TimeFixtures.zoneNames.map { try! TimeFixtures.zone($0) }

    /// Whether an offset near an instant is not of whole minutes.
    private static func oddSeconds(_ zone: Zone, _ anchor: Instant) -> Bool {
        [-20, 0, 20].contains { zone.offset(at: anchor.adding(days: $0)) % 60 != 0 }
    }
}

extension SplitMix {
    mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    mutating func chance(_ percent: Int) -> Bool { int(0...99) < percent }

    /// Mostly a change of offset 2024–2030, now and then one of long ago, else any day.
    mutating func anchor(in zone: Zone) -> Instant {
        let isOld = chance(3)
        let first = rfc3339(isOld ? "1880-01-01T00:00:00Z" : "2024-01-01T00:00:00Z")
        let last = rfc3339(isOld ? "2012-01-01T00:00:00Z" : "2031-01-01T00:00:00Z")
        var changes: [Instant] = []
        var next = zone.nextTransition(after: first)
        while let change = next, change < last {
            changes.append(change)
            next = zone.nextTransition(after: change)
        }
        // The date that never was.
        if zone.id == "Pacific/Apia", chance(30) { return rfc3339("2011-12-30T10:00:00Z") }
        if chance(75), let change = changes.randomElement(using: &self) { return change }
        return first.adding(minutes: int(0...3_600_000))
    }

    mutating func interval() -> MinuteInterval {
        switch int(0...9) {
        case 0: return MinuteInterval(startMinute: 0, endMinute: 1_440)!
        case 1: return MinuteInterval(startMinute: 1_320, endMinute: 1_320 + int(60...600))!
        case 2:
            let start = int(0...1_439)
            return MinuteInterval(startMinute: start, endMinute: start + 1_440)!
        case 3:
            let start = int(0...1_300)
            return MinuteInterval(startMinute: start, endMinute: 1_440)!
        case 4, 5:
            let start = int(0...40) * 6
            return MinuteInterval(startMinute: start, endMinute: start + int(1...40) * 6)!
        default:
            let start = int(0...95) * 15
            return MinuteInterval(startMinute: start, endMinute: start + int(1...96) * 15)!
        }
    }

    mutating func week() -> WeeklyHours {
        if chance(15) {
            return WeeklyHours(Weekday.allCases.map { ($0, MinuteInterval(startMinute: 0, endMinute: 1_440)!) })
        }
        var hours: [(Weekday, MinuteInterval)] = []
        for weekday in Weekday.allCases where !chance(15) {
            for _ in 0..<int(1...2) { hours.append((weekday, interval())) }
        }
        return WeeklyHours(hours)
    }

    mutating func openingRules(around date: CivilDate) -> OpeningRules {
        var openingRules = OpeningRules(weekly: week())
        for number in 0..<(chance(40) ? int(1...3) : 0) {
            let first = date.adding(days: int(-12...4))
            openingRules.customWeeks.append(
                .init(
                    id: chance(80) ? ID(high: UInt64(int(0...3)), low: UInt64(number)) : nil, startsOn: first,
                    endsOn: first.adding(days: int(0...12)), hours: week(), priority: int(0...1)
                )
            )
        }
        for number in 0..<(chance(50) ? int(1...3) : 0) {
            openingRules.recurring.append(recurringRule(number, around: date))
        }
        for _ in 0..<(chance(40) ? int(1...2) : 0) {
            let day = date.adding(days: int(-3...5))
            openingRules.fixedDates[day] = .init(id: nil, intervals: (0..<int(0...2)).map { _ in interval() })
        }
        for _ in 0..<(chance(40) ? int(1...2) : 0) {
            let isYearly = chance(50)
            var first = date.adding(days: int(-3...5) - (isYearly ? 365 * int(-1...2) : 0))
            if isYearly, chance(15) { first = isoDate("2020-02-29") }
            let length = chance(85) ? int(0...2) : int(300...370)
            openingRules.blackouts.append(
                .init(id: nil, startsOn: first, endsOn: first.adding(days: length), repeatsYearly: isYearly)
            )
        }
        for number in 0..<(chance(60) ? int(1...3) : 0) {
            let start = chance(50) ? int(0...260) : int(0...1_439)
            let pause = MinuteInterval(startMinute: start, endMinute: start + (chance(90) ? int(1...180) : 1_440))!
            let days: OpeningRules.Break.Days =
                switch int(0...2) {
                case 0: .date(date.adding(days: int(-2...3)))
                case 1: .weekdays(Set((0..<int(1...7)).map { _ in Weekday.allCases.randomElement(using: &self)! }))
                default: .recurring(recurrence(around: date, startMinute: pause.start))
                }
            openingRules.breaks.append(.init(id: ID(high: 9, low: UInt64(number)), days: days, interval: pause))
        }
        return openingRules
    }

    mutating func buffer() -> Int {
        chance(60) ? 0 : chance(90) ? int(0...12) * 5 : int(60...1_440)
    }

    mutating func durations() -> [Int] {
        let all = [10, 15, 20, 25, 30, 30, 45, 60, 90, 120, 480, 1_440]
        return (0..<int(1...3)).map { _ in all.randomElement(using: &self)! }
    }
}
