/// A rule together with its first date, ready to test days. Parts that the rule omits come from that date (RFC 5545
/// §3.3.10); lists are bit sets.
///
/// Without BYSETPOS every day can be tested by itself: does its period count, and do all parts match? So only queried
/// days are visited.
struct RecurrencePattern: Hashable, Sendable {
    let frequency: RecurrenceParts.Frequency
    var interval: Int
    let weekStart: Weekday
    /// Day number of the first date that can occur.
    var start: Int
    private(set) var positions: [Int]
    /// Bit m: month m; bit 15 alone is no month at all.
    private(set) var months: UInt16
    private(set) var monthDays = Ordinals()
    /// Bit w: each such weekday.
    private var weekdays: UInt8 = 0
    /// For each weekday, its ordinals in the month or year; empty if no weekday has one.
    private var numberedWeekdays: [Ordinals] = []
    private let isNumberedInMonth: Bool
    private let weekNumbers: Ordinals
    /// Whether day n of a year matches: first counted from 1, then from the end; empty if all match.
    private let yearDays: [Bool]

    /// Numbers from 1 to 63, counted from the start and from the end.
    struct Ordinals: Hashable, Sendable {
        var fromStart: UInt64 = 0
        var fromEnd: UInt64 = 0
        var isEmpty: Bool { fromStart | fromEnd == 0 }

        init(_ numbers: [Int] = []) { for number in numbers { insert(number) } }

        mutating func insert(_ number: Int) {
            if number > 0 { fromStart |= 1 << UInt64(number) } else { fromEnd |= 1 << UInt64(-number) }
        }

        func contains(_ number: Int, fromEnd end: Int) -> Bool {
            (fromStart >> UInt64(number) | self.fromEnd >> UInt64(end)) & 1 == 1
        }
    }

    init(_ parts: RecurrenceParts, startsOn: CivilDate) {
        frequency = parts.frequency
        interval = parts.interval
        weekStart = parts.weekStart
        start = Int(startsOn.dayNumber)
        positions = parts.positions
        weekNumbers = Ordinals(parts.weekNumbers)
        isNumberedInMonth = parts.frequency == .monthly || !parts.months.isEmpty
        var yearDays: [Bool] = []
        if !parts.yearDays.isEmpty {
            yearDays = Array(repeating: false, count: 2 * 367)
            for day in parts.yearDays { yearDays[day > 0 ? day : 367 - day] = true }
        }
        self.yearDays = yearDays

        var months = parts.months
        var monthDays = parts.monthDays
        var days = parts.days
        if days.isEmpty, monthDays.isEmpty, parts.yearDays.isEmpty {
            switch parts.frequency {
            case .daily: break
            case .weekly: days = [.init(ordinal: 0, weekday: startsOn.weekday)]
            case .monthly: monthDays = [startsOn.day]
            case .yearly where !parts.weekNumbers.isEmpty: days = [.init(ordinal: 0, weekday: startsOn.weekday)]
            case .yearly:
                if months.isEmpty { months = [startsOn.month] }
                monthDays = [startsOn.day]
            }
        }
        self.months = months.reduce(0) { $0 | 1 << UInt16($1) }
        self.monthDays = Ordinals(monthDays)
        for day in days {
            if day.ordinal == 0 {
                weekdays |= 1 << UInt8(day.weekday.rawValue)
            } else {
                if numberedWeekdays.isEmpty { numberedWeekdays = Array(repeating: Ordinals(), count: 7) }
                numberedWeekdays[day.weekday.rawValue].insert(day.ordinal)
            }
        }
        resolvePositions()
    }

    /// Removes BYSETPOS if it means the same in every period, and positions that no period has, because the rest costs
    /// work in each period.
    private mutating func resolvePositions() {
        guard !positions.isEmpty else { return }
        let longest = frequency.longestPeriod
        positions.removeAll { !(1...longest ~= ($0 < 0 ? -$0 : $0)) }
        switch frequency {
        case .daily where !positions.isEmpty: positions = []
        case .weekly where months == 0:
            let order = (0..<7).map { (weekStart.rawValue + $0) % 7 }.filter { weekdays >> UInt8($0) & 1 == 1 }
            weekdays = positions.reduce(0) { chosen, position in
                let index = position > 0 ? position - 1 : order.count + position
                return order.indices.contains(index) ? chosen | 1 << UInt8(order[index]) : chosen
            }
            positions = []
            if weekdays == 0 { months = 1 << 15 }
        case .daily, .weekly, .monthly, .yearly:
            if positions.isEmpty { months = 1 << 15 }
        }
    }

    /// Whether all parts except INTERVAL and BYSETPOS match the day.
    func matches(_ day: CalendarDay) -> Bool {
        if months != 0, months >> UInt16(day.month) & 1 == 0 { return false }
        if !monthDays.isEmpty, !monthDays.contains(day.day, fromEnd: day.monthLength - day.day + 1) { return false }
        if weekdays != 0 || !numberedWeekdays.isEmpty {
            guard weekdays >> UInt8(day.weekday) & 1 == 1 || matchesNumbered(day) else { return false }
        }
        if !yearDays.isEmpty, !yearDays[day.dayOfYear], !yearDays[367 + day.yearLength - day.dayOfYear + 1] {
            return false
        }
        if !weekNumbers.isEmpty {
            let week = day.week(startingOn: weekStart)
            return weekNumbers.contains(week.number, fromEnd: -week.fromEnd)
        }
        return true
    }

    private func matchesNumbered(_ day: CalendarDay) -> Bool {
        guard !numberedWeekdays.isEmpty else { return false }
        let (place, length) = isNumberedInMonth ? (day.day, day.monthLength) : (day.dayOfYear, day.yearLength)
        return numberedWeekdays[day.weekday].contains((place - 1) / 7 + 1, fromEnd: (length - place) / 7 + 1)
    }
}
