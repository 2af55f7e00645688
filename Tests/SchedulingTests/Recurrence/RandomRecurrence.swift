import TestSupport
import Foundation
import Scheduling

/// A rule made from a seed, with the question that is asked of it and of the oracle.
struct RandomRecurrence: CustomStringConvertible {
    let seed: UInt64
    let zoneName: String
    let start: CivilDate
    let startMinute: Int
    let from: CivilDate
    let through: CivilDate
    var exdates: Set<CivilDate> = []
    var rdates: Set<CivilDate> = []
    private(set) var frequency = ""
    private(set) var months: [Int] = []
    private(set) var weekNumbers: [Int] = []
    private(set) var yearDays: [Int] = []
    private(set) var monthDays: [Int] = []
    private(set) var days: [String] = []
    private(set) var positions: [Int] = []
    private(set) var weekStart: String?
    private var otherParts: [String] = []

    static let weekdays = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]

    var description: String { "seed \(seed) \(text) from \(start) \(startMinute) \(zoneName): \(from)…\(through)" }

    init(seed: UInt64) {
        self.seed = seed
        var random = SplitMix(seed: seed)
        zoneName = ["America/New_York", "Pacific/Kiritimati", "Africa/Cairo"].randomElement(using: &random)!
        start = isoDate("1996-01-01").adding(days: random.int(0...12_000))
        startMinute = random.chance(40) ? 0 : random.int(0...1_439)
        from = start.adding(days: random.int(-100...2_500))
        through = from.adding(days: random.chance(80) ? random.int(0...800) : random.int(800...4_000))
        frequency = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"].randomElement(using: &random)!
        if random.chance(35) { months = random.numbers(1...12, upTo: 4, signed: false) }
        if frequency == "YEARLY", random.chance(20) { weekNumbers = random.numbers(1...53, upTo: 4) }
        if frequency == "YEARLY", random.chance(20) { yearDays = random.numbers(1...366, upTo: 6) }
        if frequency != "WEEKLY", random.chance(30) { monthDays = random.numbers(1...31, upTo: 6) }
        if random.chance(50) {
            let isNumbered = (frequency == "MONTHLY" || frequency == "YEARLY") && weekNumbers.isEmpty
            let highest = frequency == "YEARLY" && months.isEmpty ? 53 : 5
            days = Set(
                (0..<random.int(1...4)).map { _ in
                    let number = isNumbered && random.chance(50) ? random.numbers(1...highest, upTo: 1)[0] : 0
                    return (number == 0 ? "" : "\(number)") + Self.weekdays.randomElement(using: &random)!
                }
            ).sorted()
        }
        let hasOther = !(months.isEmpty && weekNumbers.isEmpty && yearDays.isEmpty && monthDays.isEmpty && days.isEmpty)
        if hasOther, random.chance(30) { positions = random.numbers(1...(random.chance(80) ? 4 : 40), upTo: 3) }
        if random.chance(40) { weekStart = Self.weekdays.randomElement(using: &random)! }
        if random.chance(50) { otherParts.append("INTERVAL=\(random.int(1...(random.chance(80) ? 5 : 60)))") }
        switch random.int(0...5) {
        case 0, 1: otherParts.append("COUNT=\(random.int(1...(random.chance(70) ? 20 : 700)))")
        case 2: otherParts.append("UNTIL=\(random.until(from, startMinute))")
        default: break
        }
        if random.chance(20) { exdates = Set((0..<3).map { _ in from.adding(days: random.int(-3...30)) }) }
        if random.chance(20) { rdates = Set((0..<3).map { _ in from.adding(days: random.int(-3...30)) }) }
    }

    var text: String { text(days: days) }

    private func text(days: [String]) -> String {
        func list(_ name: String, _ values: [Int]) -> String? {
            values.isEmpty ? nil : "\(name)=" + values.map { "\($0)" }.joined(separator: ",")
        }
        let parts = [
            "FREQ=\(frequency)", list("BYMONTH", months), list("BYWEEKNO", weekNumbers), list("BYYEARDAY", yearDays),
            list("BYMONTHDAY", monthDays), days.isEmpty ? nil : "BYDAY=" + days.joined(separator: ","),
            list("BYSETPOS", positions), weekStart.map { "WKST=\($0)" },
        ]
        return (parts.compactMap(\.self) + otherParts).joined(separator: ";")
    }

    func dates() throws -> [CivilDate] {
        Recurrence(
            rule: try RecurrenceRule(text), startsOn: start, startMinute: startMinute, exdates: exdates, rdates: rdates
        ).dates(from: from, through: through, in: try TimeFixtures.zone(zoneName))
    }

    /// Whether python-dateutil departs from the RFC in a way that another wording does not mend. Each of these has a
    /// test of the RFC's reading in ``RecurrenceTests``.
    var isReadOtherwise: Bool {
        // The first week is cut at the first date before positions are counted; RFC 5545 counts in the whole set of a
        // period and only then drops what lies before DTSTART.
        if frequency == "WEEKLY", !positions.isEmpty, Self.weekdays[start.weekday.rawValue] != weekStart ?? "MO" {
            return true
        }
        // Of the days that lie in a week of the neighbouring year it looks only at those called 1 and −1, and counts
        // the weeks of the year before with this year's length.
        return weekNumbers.contains { $0 <= -52 || $0 >= 52 }
    }

    /// The line of scripts/recurrence-oracle, in words that python-dateutil understands as the RFC means them.
    var question: String {
        var days = days
        // BYWEEKNO alone: it gives whole weeks; RFC 5545 takes what is missing, the weekday, from DTSTART.
        if !weekNumbers.isEmpty, days.isEmpty, monthDays.isEmpty, yearDays.isEmpty {
            days = [Self.weekdays[start.weekday.rawValue]]
        }
        // Numbered and plain weekdays: it takes those that are both, RFC 5545 a list's every element.
        if days.contains(where: { $0.count > 2 }), days.contains(where: { $0.count == 2 }) {
            let highest = frequency == "YEARLY" && months.isEmpty ? 53 : 5
            days = days.flatMap { day in day.count > 2 ? [day] : (1...highest).map { "\($0)\(day)" } }
        }
        func list(_ dates: Set<CivilDate>) -> String {
            dates.isEmpty ? "-" : dates.sorted().map(\.description).joined(separator: ",")
        }
        let zone = TimeFixtures.folder.appending(path: "zoneinfo/\(zoneName)").path
        return [
            text(days: days), "\(start)", "\(startMinute)", zone, list(exdates), list(rdates), "\(from)", "\(through)",
        ].joined(separator: "\t")
    }
}

extension SplitMix {
    fileprivate mutating func numbers(_ range: ClosedRange<Int>, upTo count: Int, signed: Bool = true) -> [Int] {
        Set((0..<int(1...count)).map { _ in int(range) * (signed && chance(35) ? -1 : 1) }).sorted()
    }

    fileprivate mutating func until(_ from: CivilDate, _ minute: Int) -> String {
        let date = from.adding(days: int(-200...900)).description.filter { $0 != "-" }
        guard !chance(30) else { return date }
        // Often the very minute at which the rule begins, or one beside it.
        let at = min(1_439, max(0, chance(50) ? minute + int(-1...1) : int(0...1_439)))
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + "\(number)" }
        return date + "T" + two(at / 60) + two(at % 60) + two(chance(50) ? 0 : int(0...59)) + (chance(60) ? "Z" : "")
    }
}
