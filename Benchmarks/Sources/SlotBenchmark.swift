import ArgumentParser
import AlmanacRuntime
import Scheduling

/// The slot engine by itself: 90 days at a 15-minute grid.
struct SlotBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "slots", abstract: "Time the slot engine.")

    @Option(help: "How often each case is run; the median is printed.")
    var runs = 101

    func run() throws {
        print("slot engine, 90 days, 15-minute grid, 08:00–20:00 every day, Europe/Berlin; median of \(runs) runs")
        let zone = try ZoneDatabase().zone("Europe/Berlin")
        for busy in [0, 100, 1_000] {
            let (state, range, now) = Self.calendar(zone, busy: busy)
            var slots = 0
            let cold = median { () -> Int in
                var fresh = state
                slots = fresh.availability(in: range, duration: 15, now: now).slots.count
                return slots
            }
            var warmState = state
            let warm = median { warmState.availability(in: range, duration: 15, now: now).slots.count }
            print("  \(busy) busy blocks: cold \(cold) µs, warm \(warm) µs, \(slots) slots")
        }
    }

    /// A calendar with appointments of 15 minutes spread evenly over its open time.
    static func calendar(_ zone: Zone, busy: Int) -> (CalendarState, Span, Instant) {
        let monday = CivilDate(dayNumber: 20_759)
        let hours = WeeklyHours(
            Weekday.allCases.compactMap { weekday in
                MinuteInterval(startMinute: 8 * 60, endMinute: 20 * 60).map { (weekday, $0) }
            }
        )
        let rules = SchedulingRules(
            zone: zone, layers: AvailabilityLayers(weekly: hours), slotDuration: 15, horizonDays: 120
        )
        let perDay = 48
        let entries = (0..<busy).map { index in
            let place = index * (90 * perDay) / max(1, busy)
            let start = zone.instant(monday.adding(days: place / perDay), minute: 8 * 60 + place % perDay * 15)
            return Occupancy.Entry(
                owner: ID(high: 0, low: UInt64(index + 1)), span: Span(start, start.adding(minutes: 15)), seat: 0,
                kind: .appointment
            )
        }
        let start = zone.firstInstant(of: monday)
        let range = Span(start, zone.firstInstant(of: monday.adding(days: 90)))
        return (CalendarState(rules: rules, entries: entries), range, start.adding(minutes: -60))
    }

    private func median(_ body: () -> Int) -> Double {
        var times: [UInt64] = []
        for _ in 0..<max(1, runs) {
            let start = SystemClock.monotonic()
            blackHole(body())
            times.append(SystemClock.monotonic() - start)
        }
        times.sort()
        return Double(times[times.count / 2] / 100) / 10
    }
}

/// Keeps a result alive so that its computation is not optimized away.
@inline(never)
func blackHole(_ value: Int) {}
