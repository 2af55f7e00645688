import TestSupport
import Scheduling

extension SplitMix {
    /// A recurrence that begins up to a year before a date, and has something to say about the days around it.
    mutating func recurrence(around date: CivilDate, startMinute: Int) -> Recurrence {
        let names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
        let start = date.adding(days: -(chance(50) ? int(0...20) : int(0...380)))
        var parts: [String] = []
        func list(_ count: Int, _ make: (inout SplitMix) -> String, _ random: inout SplitMix) -> String {
            Set((0..<count).map { _ in make(&random) }).sorted().joined(separator: ",")
        }
        switch int(0...9) {
        case 0...2:
            parts = ["FREQ=DAILY"]
            if chance(60) { parts.append("INTERVAL=\(int(1...4))") }
            if chance(30) { parts.append("BYDAY=" + list(4, { names.randomElement(using: &$0)! }, &self)) }
        case 3...6:
            parts = ["FREQ=WEEKLY"]
            if chance(80) { parts.append("BYDAY=" + list(int(1...5), { names.randomElement(using: &$0)! }, &self)) }
            if chance(30) { parts.append("INTERVAL=\(int(1...3))") }
        case 7, 8:
            parts = ["FREQ=MONTHLY"]
            if chance(50) {
                parts.append(
                    "BYMONTHDAY=" + list(int(1...12), { "\($0.int(1...31) * ($0.chance(20) ? -1 : 1))" }, &self))
            } else {
                parts.append(
                    "BYDAY="
                        + list(
                            int(1...4),
                            {
                                (["", "1", "2", "3", "4", "5", "-1", "-2"].randomElement(using: &$0)!)
                                    + names.randomElement(using: &$0)!
                            }, &self)
                )
            }
        default:
            parts = ["FREQ=YEARLY", "BYMONTH=\(date.month),\(date.month % 12 + 1)"]
            if chance(70) { parts.append("BYMONTHDAY=" + list(8, { "\($0.int(1...31))" }, &self)) }
        }
        switch int(0...5) {
        case 0: parts.append("COUNT=\(int(1...60))")
        case 1: parts.append("UNTIL=" + until(date, startMinute))
        default: break
        }
        func some(_ random: inout SplitMix) -> Set<CivilDate> {
            random.chance(75) ? [] : Set((0..<3).map { _ in date.adding(days: random.int(-6...8)) })
        }
        guard let rule = try? RecurrenceRule(parts.joined(separator: ";")) else {
            preconditionFailure("a rule of the tests is refused: \(parts)")
        }
        return Recurrence(
            rule: rule, startsOn: start, startMinute: startMinute, exdates: some(&self), rdates: some(&self)
        )
    }

    mutating func recurringRule(_ number: Int, around date: CivilDate) -> OpeningRules.RecurringRule {
        let isAvailable = chance(50)
        var interval = interval()
        if !isAvailable, chance(70) {
            let start = chance(60) ? int(0...1_439) : int(0...48) * 5
            interval = MinuteInterval(startMinute: start, endMinute: start + int(1...240))!
        }
        return .init(
            id: ID(high: 8, low: UInt64(number)), effect: isAvailable ? .available : .unavailable,
            recurrence: recurrence(around: date, startMinute: interval.start), interval: interval
        )
    }

    private mutating func until(_ date: CivilDate, _ minute: Int) -> String {
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + "\(number)" }
        let last = date.adding(days: int(-4...8)).description.filter { $0 != "-" }
        guard chance(70) else { return last }
        let at = chance(60) ? minute : int(0...1_439)
        return last + "T" + two(at / 60) + two(at % 60) + "00" + (chance(60) ? "Z" : "")
    }
}
