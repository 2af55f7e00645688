import TestSupport
import Testing

@testable import Scheduling

/// Many intervals on many dates, over changes of clocks.
@Suite struct DateSpansTests {
    private static let zones = [
        "Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns",
        "Africa/Casablanca",
    ]

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func theUnionIsThatOfEachIntervalByItself(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let zone = try TimeFixtures.zone(Self.zones.randomElement(using: &random)!)
        let from = isoDate(
            ["2011-12-20", "2026-03-01", "2026-10-20", "9999-12-01", "0001-01-01"].randomElement(using: &random)!)
        let count = random.int(1...31)
        let dates = DateSpans(zone, from: from, count: count)
        let parts = (0..<random.int(1...12)).map { _ in
            let start = random.int(0...1_439)
            let interval = MinuteInterval(
                startMinute: start, endMinute: start + random.int(1...(random.chance(70) ? 90 : 1_440)))!
            let days = (0..<count).filter { _ in random.chance(60) }.map { from.adding(days: $0) }
            return (interval: interval, dates: days)
        }
        let each = parts.flatMap { part in part.dates.map { part.interval.span(on: $0, in: zone) } }
        #expect(dates.union(parts) == SpanAlgebra.normalized(each), "seed \(seed)")
        for part in parts {
            for date in part.dates {
                #expect(dates.span(part.interval, on: date - from) == part.interval.span(on: date, in: zone))
            }
        }
    }
}
