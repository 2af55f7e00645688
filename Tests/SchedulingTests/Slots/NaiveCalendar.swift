import Scheduling

/// The rules of DESIGN §5 as a picture: one cell for each minute (or less, where an offset has odd seconds), filled in
/// opening rule by opening rule and read cell by cell. Slow, and too simple to be wrong in the way the engine might be.
///
/// From the engine it takes the calendar's settings and ``Zone/instant(_:minute:)`` for a window's endpoints.
final class NaiveCalendar {
    let rules: SchedulingRules
    let entries: [Occupancy.Entry]
    let external: [Span]
    /// Minutes of the slots that are asked for.
    let duration: Int
    /// Seconds of one cell.
    let tick: Int
    /// UTC seconds of the first cell.
    let origin: Int
    let firstDate: CivilDate
    var dates: [Int32] = []
    var isOpen: [Bool] = []
    var isPause: [Bool] = []
    var isBlackout: [Bool] = []
    /// How many free cells follow without a gap, this one included.
    var run: [Int] = []
    /// The starts before anything is booked, some days before and after the range included.
    var grid: [Instant] = []

    convenience init(_ calendar: RandomCalendar) {
        self.init(
            rules: calendar.rules, entries: calendar.entries, external: calendar.external, duration: calendar.duration,
            range: calendar.range
        )
    }

    init(
        rules: SchedulingRules, entries: [Occupancy.Entry] = [], external: [Span] = [], duration: Int, range: Span
    ) {
        self.duration = duration
        self.rules = rules
        self.entries = entries
        self.external = external
        let zone = rules.zone
        // Twelve days back: more than the seven after which a window's start no longer matters.
        firstDate = zone.date(at: range.start).adding(days: -12)
        let lastDate = zone.date(at: range.end).adding(days: 4)
        origin = Int(zone.instant(firstDate, minute: 0).secondsFloor)
        let end = Int(zone.instant(lastDate, minute: 0).secondsFloor)
        var tick = 60
        for second in stride(from: origin, through: end, by: 3_600) {
            tick = Self.gcd(tick, abs(zone.offset(at: Instant(seconds: Int64(second)))))
        }
        self.tick = tick
        let count = (end - origin) / tick
        isOpen = Array(repeating: false, count: count)
        isPause = isOpen
        isBlackout = isOpen
        run = Array(repeating: 0, count: count)
        fillDates(count)
        fillHours(through: lastDate)
        for cell in stride(from: count - 1, through: 0, by: -1) where isFree(cell) {
            run[cell] = cell + 1 < count ? run[cell + 1] + 1 : 1
        }
        fillGrid()
    }

    func isFree(_ cell: Int) -> Bool { isOpen[cell] && !isPause[cell] && !isBlackout[cell] }

    func instant(_ cell: Int) -> Instant { Instant(seconds: Int64(origin + cell * tick)) }

    /// The cell of an instant, which may be in its midst.
    func cell(_ instant: Instant) -> Int { (Int(instant.secondsFloor) - origin) / tick }

    /// The local date of each cell. A date never comes twice: what a clock set back repeats belongs to the later one.
    private func fillDates(_ count: Int) {
        dates.reserveCapacity(count)
        var latest = Int32.min
        for cell in 0..<count {
            let local = origin + cell * tick + rules.zone.offset(at: instant(cell))
            let day = local >= 0 ? local / 86_400 : (local - 86_399) / 86_400
            latest = max(latest, Int32(day))
            dates.append(latest)
        }
        let blackouts = rules.openingRules.blackouts
        guard !blackouts.isEmpty else { return }
        var known: [Int32: Bool] = [:]
        for cell in 0..<count {
            let day = dates[cell]
            if known[day] == nil {
                known[day] = blackouts.contains { Self.covers($0, CivilDate(dayNumber: Int(day))) }
            }
            isBlackout[cell] = known[day]!
        }
    }

    private func fillHours(through lastDate: CivilDate) {
        let openingRules = rules.openingRules
        func dates(_ recurrence: Recurrence) -> Set<CivilDate> {
            NaiveRecurrence(recurrence, zone: rules.zone).dates(through: lastDate)
        }
        let recurring = openingRules.recurring.map { (rule: $0, dates: dates($0.recurrence)) }
        let pauses = openingRules.breaks.map { pause -> (interval: MinuteInterval, isOn: (CivilDate) -> Bool) in
            switch pause.days {
            case .weekdays(let days):
                return (pause.interval, { date in days.contains { $0.rawValue == Self.weekday(date) } })
            case .date(let day): return (pause.interval, { $0 == day })
            case .recurring(let recurrence): return (pause.interval, dates(recurrence).contains)
            }
        }
        var isTaken = isOpen
        var isFixed = isOpen
        var date = firstDate
        while date <= lastDate {
            if let fixed = openingRules.fixedDates[date] {
                for interval in fixed.intervals { Self.mark(&isFixed, cells(of: interval, on: date)) }
            } else {
                for interval in hours(on: date) { Self.mark(&isOpen, cells(of: interval, on: date)) }
                for (rule, dates) in recurring where dates.contains(date) {
                    let cells = cells(of: rule.interval, on: date)
                    if rule.effect == .available { Self.mark(&isOpen, cells) } else { Self.mark(&isTaken, cells) }
                }
            }
            for pause in pauses where pause.isOn(date) { Self.mark(&isPause, cells(of: pause.interval, on: date)) }
            date = date.adding(days: 1)
        }
        for cell in isOpen.indices { isOpen[cell] = (isOpen[cell] && !isTaken[cell]) || isFixed[cell] }
    }

    private func cells(of interval: MinuteInterval, on date: CivilDate) -> (Int, Int) {
        let start = rules.zone.instant(date, minute: interval.start)
        let end = rules.zone.instant(date, minute: interval.end)
        return (cell(start), cell(end))
    }

    private static func mark(_ cells: inout [Bool], _ range: (Int, Int)) {
        var cell = max(0, range.0)
        while cell < range.1, cell < cells.count {
            cells[cell] = true
            cell += 1
        }
    }

    private static func gcd(_ left: Int, _ right: Int) -> Int { right == 0 ? left : gcd(right, left % right) }
}
