import Scheduling

/// A calendar of some size to time the engine on, open 08:00–20:00 every day, and what is asked of it.
struct SlotScenario {
    var days: Int
    /// Minutes of a slot and of its step.
    var grid: Int
    /// Appointments spread evenly over the open time.
    var busy: Int
    /// Rules of every opening rule in turn.
    var rules: Int

    static let firstDay = CivilDate(dayNumber: 20_759)
    private static let opening = 8 * 60
    private static let closing = 20 * 60

    func range(in zone: Zone) -> Span {
        Span(zone.firstInstant(of: Self.firstDay), zone.firstInstant(of: Self.firstDay.adding(days: days)))
    }

    /// A moment before everything.
    func now(in zone: Zone) -> Instant { zone.firstInstant(of: Self.firstDay).adding(minutes: -60) }

    func state(in zone: Zone) -> CalendarState {
        let rules = SchedulingRules(zone: zone, openingRules: openingRules, slotDuration: grid, horizonDays: 400)
        let minutes = (Self.closing - Self.opening) * days
        let entries = (0..<busy).map { index in
            let place = index * minutes / max(1, busy) / 5 * 5
            let (day, minute) = place.quotientAndRemainder(dividingBy: Self.closing - Self.opening)
            let start = zone.instant(Self.firstDay.adding(days: day), minute: Self.opening + minute)
            return Occupancy.Entry(
                owner: ID(high: 0, low: UInt64(index + 1)), span: Span(start, start.adding(minutes: 5)), seat: 0,
                kind: .appointment
            )
        }
        return CalendarState(rules: rules, entries: entries)
    }

    private var openingRules: OpeningRules {
        var openingRules = OpeningRules()
        if let interval = MinuteInterval(startMinute: Self.opening, endMinute: Self.closing) {
            openingRules.weekly = WeeklyHours(Weekday.allCases.map { ($0, interval) })
        }
        for number in 0..<rules { Self.add(number, to: &openingRules) }
        return openingRules
    }

    private static func add(_ number: Int, to openingRules: inout OpeningRules) {
        let id = ID(high: 1, low: UInt64(number))
        let date = firstDay.adding(days: number * 7 % 360)
        let minute = opening + number * 35 % 690
        guard let interval = MinuteInterval(startMinute: minute, endMinute: minute + 10) else { return }
        switch number % 5 {
        case 0:
            guard let recurrence = recurrence("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH", minute) else { return }
            openingRules.recurring.append(
                .init(id: id, effect: .unavailable, recurrence: recurrence, interval: interval)
            )
        case 1:
            guard let recurrence = recurrence("FREQ=MONTHLY;BYDAY=1SA,-1SA", closing),
                let evening = MinuteInterval(startMinute: closing, endMinute: closing + 60)
            else { return }
            openingRules.recurring.append(.init(id: id, effect: .available, recurrence: recurrence, interval: evening))
        case 2:
            guard let recurrence = recurrence("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", minute) else { return }
            openingRules.breaks.append(.init(id: id, days: .recurring(recurrence), interval: interval))
        case 3:
            openingRules.customWeeks.append(
                .init(
                    id: id, startsOn: date, endsOn: date.adding(days: 6), hours: openingRules.weekly, priority: number)
            )
        default:
            openingRules.blackouts.append(.init(id: id, startsOn: date, endsOn: date, repeatsYearly: true))
        }
    }

    private static func recurrence(_ text: String, _ minute: Int) -> Recurrence? {
        guard let rule = try? RecurrenceRule(text) else { return nil }
        return Recurrence(rule: rule, startsOn: firstDay.adding(days: -700), startMinute: minute)
    }
}
