import TestSupport
import Scheduling

extension SplitMix {
    /// Appointments and holds in and around a range, some of them on top of each other or in seats beyond the capacity.
    mutating func entries(in range: Span, rules: SchedulingRules, now: Instant) -> [Occupancy.Entry] {
        let count = chance(20) ? 0 : int(1...25)
        return (0..<count).map { index in
            let start = moment(in: range)
            let length = chance(90) ? int(1...24) * 5 : chance(50) ? 1_440 : int(0...600)
            let isHold = chance(40)
            return Occupancy.Entry(
                owner: ID(high: 1, low: UInt64(index)), span: Span(start, start.adding(minutes: length)),
                seat: int(0...rules.capacity - 1) + (chance(15) ? int(1...3) : 0), kind: isHold ? .hold : .appointment,
                expiresAt: isHold ? now.adding(microseconds: expiry()) : nil, isInFlight: chance(8)
            )
        }
    }

    private mutating func expiry() -> Int64 {
        chance(40) ? Int64(int(-1...1)) : Int64(int(-20...200)) * 60_000_000 + 7
    }

    /// Busy time of other calendars, as it comes: overlapping, in no order, with seconds, sometimes empty.
    mutating func external(in range: Span) -> [Span] {
        guard chance(40) else { return [] }
        return (0..<int(1...5)).map { _ in
            let start = moment(in: range)
            let length = chance(80) ? Int64(int(0...7_200_000)) * 1_000 : Int64(int(1...2_880)) * 60_000_000
            return Span(start, start.adding(microseconds: chance(5) ? 0 : length))
        }
    }

    /// A time from two days before the range to two days after it, mostly of whole five minutes.
    mutating func moment(in range: Span) -> Instant {
        let minutes = Int((range.end - range.start) / 60_000_000)
        let margin = chance(80) ? 0 : 2_880
        let at = range.start.adding(minutes: int(-margin...minutes + margin))
        let whole = Instant(seconds: at.secondsFloor / 300 * 300)
        return chance(85) ? whole : whole.adding(microseconds: Int64(int(-70_000_000...70_000_000)))
    }
}
