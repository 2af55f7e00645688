/// How many days a rule gives in a year.
///
/// Without INTERVAL they depend on the weekday of 1 January and on whether the year, or one of its neighbours, is a
/// leap year: 28 kinds of year. With INTERVAL they also depend on the distance of the year's first day, week or month
/// to one that counts. Answers are kept, so a walk over thousands of years costs one look-up a year.
struct RecurrenceYears {
    private static let kinds = 28
    /// Answers are kept for intervals up to this. Beyond it, a year has so few periods that counting them is as quick.
    private static let maxKeptInterval = 366
    private static let unknown: Int16 = -1

    private let pattern: RecurrencePattern
    /// The pattern without its interval.
    private var open: RecurrencePattern
    /// The number of the period in which the rule begins.
    private let origin: Int
    /// For each kind, whether each day of the year matches: six words of 64 days.
    private var days: [UInt64]
    private var isKnown: UInt32 = 0
    /// For each kind, and each distance of the year's first period, the number of days.
    private var counts: [Int16]
    /// The days and periods looked at so far.
    private(set) var steps = 0

    init(_ pattern: RecurrencePattern) {
        self.pattern = pattern
        open = pattern
        open.interval = 1
        origin = pattern.period(of: pattern.start)
        days = Array(repeating: 0, count: Self.kinds * 6)
        let distances = pattern.countsYears ? 1 : min(pattern.interval, Self.maxKeptInterval)
        counts = Array(repeating: Self.unknown, count: Self.kinds * distances)
    }

    /// The occurrences in a year that begins after the rule; for a YEARLY rule, call this only for years that count.
    mutating func count(in year: Int) -> Int {
        let first = CivilDate.dayNumber(year: year, month: 1, day: 1)
        let kind = Self.kind(of: year, first: first)
        let distance = pattern.countsYears ? 0 : (pattern.period(of: first) - origin) % pattern.interval
        let isKept = pattern.countsYears || pattern.interval <= Self.maxKeptInterval
        let place = pattern.countsYears ? kind : kind * pattern.interval + distance
        if isKept, counts[place] != Self.unknown { return Int(counts[place]) }
        learn(kind, year: year, first: first)
        let count = pattern.countsYears ? count(of: kind, 0..<366) : count(of: kind, in: year, first, distance)
        if isKept { counts[place] = Int16(count) }
        return count
    }

    /// The days in periods that count, the first of which lies this far before the year's first period.
    private mutating func count(of kind: Int, in year: Int, _ first: Int, _ distance: Int) -> Int {
        let (interval, length) = (pattern.interval, CivilDate.isLeap(year) ? 366 : 365)
        let firstPeriod = pattern.period(of: first)
        var period = distance == 0 ? 0 : interval - distance
        var sum = 0
        while true {
            let whole = pattern.days(ofPeriod: firstPeriod + period)
            let low = max(0, whole.lowerBound - first)
            guard low < length else { return sum }
            sum += count(of: kind, low..<min(length, whole.upperBound - first + 1))
            steps += 1
            period += interval
        }
    }

    /// How many days of a range match.
    private func count(of kind: Int, _ range: Range<Int>) -> Int {
        var sum = 0
        var low = range.lowerBound
        while low < range.upperBound {
            let (word, bit) = (low >> 6, low & 63)
            let length = min(64 - bit, range.upperBound - low)
            let mask = length == 64 ? UInt64.max : (1 << UInt64(length) - 1) << UInt64(bit)
            sum += (days[kind * 6 + word] & mask).nonzeroBitCount
            low += length
        }
        return sum
    }

    /// Looks at all days of one year of a kind.
    private mutating func learn(_ kind: Int, year: Int, first: Int) {
        guard isKnown >> UInt32(kind) & 1 == 0 else { return }
        isKnown |= 1 << UInt32(kind)
        open.start = first
        for day in open.occurrences(from: first, through: CivilDate.lastDayNumber(of: year)) {
            days[kind * 6 + (day - first) >> 6] |= 1 << UInt64((day - first) & 63)
        }
        steps += 366
    }

    /// The weekday of 1 January, and which of three years is the leap year, if any: weeks reach into the neighbours.
    private static func kind(of year: Int, first: Int) -> Int {
        let leap =
            CivilDate.isLeap(year) ? 1 : CivilDate.isLeap(year - 1) ? 2 : CivilDate.isLeap(year + 1) ? 3 : 0
        return (first + 3 + 7 * 103_000) % 7 * 4 + leap
    }
}

extension RecurrencePattern {
    /// Whether all days of a counting year belong: there is no interval, or it counts years.
    var countsYears: Bool { interval == 1 || frequency == .yearly }
}
