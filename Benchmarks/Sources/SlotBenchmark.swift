import AlmanacRuntime
import ArgumentParser
import Scheduling

/// The slot engine by itself: how its time grows with days, grid, what is booked, and rules.
struct SlotBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "slots", abstract: "Time the slot engine.")

    @Option(help: "How often each case is run; the median is printed.")
    var runs = 101

    /// Milliseconds in which 90 days of a 15-minute grid with 1,000 busy blocks are to be computed.
    private static let budget = 0.5

    private static let busy = [0, 100, 1_000, 10_000]

    func run() throws {
        let zone = try ZoneDatabase().zone("Europe/Berlin")
        print("slot engine, 08:00–20:00 every day, Europe/Berlin; µs cold / warm, median of \(runs) runs")
        var budgeted: [(rules: Int, cold: Double)] = []
        for rules in [0, 10, 100] {
            print("  \(rules) rules          busy" + Self.busy.map { column("\($0)") }.joined())
            for days in [30, 90, 366] {
                for grid in [5, 15, 60] {
                    let cells = Self.busy.map { busy -> String in
                        let scenario = SlotScenario(days: days, grid: grid, busy: busy, rules: rules)
                        let (cold, warm) = measure(scenario, zone)
                        if days == 90, grid == 15, busy == 1_000 { budgeted.append((rules, cold)) }
                        return column("\(cold) / \(warm)")
                    }
                    let name = "  \(days) days, \(grid) min"
                    print(name + String(repeating: " ", count: max(0, 24 - name.count)) + cells.joined())
                }
            }
        }
        for (rules, cold) in budgeted {
            let verdict = cold <= Self.budget * 1_000 ? "within" : "OVER"
            print(
                "  90 days, 15-minute grid, 1,000 busy blocks, \(rules) rules: cold \(cold) µs, "
                    + "\(verdict) the budget of \(Self.budget) ms"
            )
        }
    }

    private func measure(_ scenario: SlotScenario, _ zone: Zone) -> (cold: Double, warm: Double) {
        let state = scenario.state(in: zone)
        let (range, now) = (scenario.range(in: zone), scenario.now(in: zone))
        let cold = median { () -> Int in
            var fresh = state
            return fresh.availability(in: range, duration: scenario.grid, now: now).slots.count
        }
        var known = state
        _ = known.availability(in: range, duration: scenario.grid, now: now)
        let warm = median { known.availability(in: range, duration: scenario.grid, now: now).slots.count }
        return (cold, warm)
    }

    private func column(_ text: String) -> String { String(repeating: " ", count: max(1, 18 - text.count)) + text }

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
