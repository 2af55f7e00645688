import Scheduling

/// A recurrence walked day by day from its first date, each part looked at in the plainest way.
///
/// It knows the parts that ``RandomCalendar`` makes; RecurrenceOracleTests holds the whole grammar against another
/// expander.
struct NaiveRecurrence {
    let recurrence: Recurrence
    let zone: Zone
    private var parts: [String: String] = [:]

    init(_ recurrence: Recurrence, zone: Zone) {
        self.recurrence = recurrence
        self.zone = zone
        for part in recurrence.rule.text.split(separator: ";") {
            let pair = part.split(separator: "=")
            parts[String(pair[0])] = String(pair[1])
        }
    }

    func dates(through last: CivilDate) -> Set<CivilDate> {
        var dates: Set<CivilDate> = []
        var count = 0
        var date = recurrence.startsOn
        while date <= last {
            if isInPeriod(date), isNamed(date) {
                if let limit = parts["COUNT"], count >= Int(limit)! { break }
                if isPastUntil(date) { break }
                count += 1
                dates.insert(date)
            }
            date = date.adding(days: 1)
        }
        return dates.union(recurrence.rdates).subtracting(recurrence.exdates)
    }

    private func isInPeriod(_ date: CivilDate) -> Bool {
        let interval = Int(parts["INTERVAL"] ?? "1")!
        let start = recurrence.startsOn
        let distance =
            switch parts["FREQ"]! {
            case "DAILY": date - start
            case "WEEKLY": (date - start + NaiveCalendar.weekday(start)) / 7
            case "MONTHLY": (date.year - start.year) * 12 + date.month - start.month
            default: date.year - start.year
            }
        return distance % interval == 0
    }

    private func isNamed(_ date: CivilDate) -> Bool {
        let start = recurrence.startsOn
        let length = CivilDate.daysInMonth(date.month, year: date.year)
        if let months = numbers("BYMONTH"), !months.contains(date.month) { return false }
        if let days = numbers("BYMONTHDAY") {
            return days.contains(date.day) || days.contains(date.day - length - 1)
        }
        if let days = parts["BYDAY"] {
            let name = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][NaiveCalendar.weekday(date)]
            // The first is the one of the days 1 to 7, the last the one of the last seven.
            let names = [name, "\((date.day + 6) / 7)\(name)", "-\((length - date.day + 7) / 7)\(name)"]
            return days.split(separator: ",").contains { names.contains(String($0)) }
        }
        switch parts["FREQ"]! {
        case "DAILY": return true
        case "WEEKLY": return NaiveCalendar.weekday(date) == NaiveCalendar.weekday(start)
        case "MONTHLY": return date.day == start.day
        default: return date.day == start.day && (parts["BYMONTH"] != nil || date.month == start.month)
        }
    }

    private func numbers(_ part: String) -> [Int]? { parts[part]?.split(separator: ",").map { Int($0)! } }

    private func isPastUntil(_ date: CivilDate) -> Bool {
        guard let until = parts["UNTIL"] else { return false }
        let digits = until.filter { $0 != "T" && $0 != "Z" }
        func two(_ offset: Int) -> String { String(digits.dropFirst(offset).prefix(2)) }
        let iso = "\(digits.prefix(4))-\(two(4))-\(two(6))"
        if !until.contains("T") { return date.description > iso }
        let (hour, minute) = (recurrence.startMinute / 60, recurrence.startMinute % 60)
        if until.hasSuffix("Z") {
            return zone.instant(date, minute: recurrence.startMinute)
                > rfc3339("\(iso)T\(two(8)):\(two(10)):\(two(12))Z")
        }
        let moment = [date.year, date.month, date.day, hour, minute, 0]
        let limit = [Int(digits.prefix(4))!] + [4, 6, 8, 10, 12].map { Int(two($0))! }
        return limit.lexicographicallyPrecedes(moment)
    }
}
