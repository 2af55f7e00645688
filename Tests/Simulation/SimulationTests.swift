import Foundation
import Testing

/// Random schedules of clients, faults, crashes and time, over real actors and real SQL.
///
/// `ALMANAC_TRIALS=1` runs ten times as many. A failure prints its seed, and a seed replays exactly.
@Suite struct SimulationTests {
    private static let isTrial = ProcessInfo.processInfo.environment["ALMANAC_TRIALS"] != nil
    static let seeds: [UInt64] = Array(1...(isTrial ? 600 : 60))

    @Test(arguments: seeds)
    func noScheduleBreaksAnInvariant(seed: UInt64) throws {
        let schedule = try Schedule(seed: seed)
        try schedule.play()
        #expect(schedule.ledger.violations == [], "seed \(seed), \(schedule.plan)")
        if ProcessInfo.processInfo.environment["ALMANAC_TRACE"] == "\(seed)" {
            print(schedule.ledger.trace.joined(separator: "\n"))
        }
    }

    @Test(arguments: [3, 17, 29, 42, 58] as [UInt64])
    func theSameSeedGivesTheSameTrace(seed: UInt64) throws {
        let traces = try (0..<2).map { _ in
            let schedule = try Schedule(seed: seed)
            try schedule.play()
            return schedule.ledger.trace
        }
        #expect(traces[0] == traces[1], "seed \(seed)")
        #expect(traces[0].count > 50)
    }
}
