/// A zone's offsets as a step function, searchable by UTC and by wall clock.
///
/// The footer's rule is unrolled into the table up to ``lastTabledYear``; beyond it, the same code makes a table of
/// five years for each query.
struct ZoneTimeline: Sendable {
    /// The UTC seconds at which the offset changes, ascending.
    private(set) var starts: [Int64] = []
    /// The wall-clock seconds at which a change is complete: its instant read with the greater of the two offsets.
    /// Wall clocks before it take the old offset. Thus a gap is read with the offset before it, and a repeated
    /// time is the first (RFC 5545 §3.3.5).
    private(set) var walls: [Int64] = []
    /// Seconds east of UTC: before the first change, then after each; one more than ``starts``.
    private(set) var offsets: [Int32]
    /// Where the table ends and the rule goes on, in seconds of UTC as well as of the wall clock. Stored beside the
    /// rule, because every query compares it, and copying the rule would cost time.
    private var tableEnd = Int64.max
    private var rule: FooterRule?

    private static let lastTabledYear = 2_100
    private static let bounds = (lowest: Instant.distantPast.secondsFloor, highest: Instant.distantFuture.secondsFloor)

    init(fixedOffset: Int) {
        offsets = [Int32(fixedOffset)]
    }

    /// - Parameter rule: holds after the last transition, or always if there is none (RFC 8536 §3.2).
    init(initialOffset: Int, transitions: [(at: Int64, offset: Int)], rule: FooterRule?) {
        self.init(fixedOffset: transitions.isEmpty ? rule?.standard ?? initialOffset : initialOffset)
        for transition in transitions {
            // The few that no query can reach (the "big bang" of some files) would only cause overflow.
            guard transition.at <= Self.bounds.highest else { return }
            append(at: max(transition.at, Self.bounds.lowest), offset: transition.offset)
        }
        guard let rule, rule.daylight != nil else { return }
        let lastTransition = transitions.last.map { max($0.at, Self.bounds.lowest) }
        let firstYear = lastTransition.map(Self.year(at:)) ?? 0
        let lastYear = max(firstYear + 1, Self.lastTabledYear)
        let end = Int64(CivilDate.dayNumber(year: lastYear + 1, month: 1, day: 1)) * 86_400
        // One year more than needed: west of Greenwich the wall clock reaches the end of the table later than UTC.
        for change in rule.changes(in: firstYear...lastYear + 1) where change.at > lastTransition ?? .min {
            append(at: change.at, offset: change.offset)
        }
        tableEnd = end
        self.rule = rule
    }

    /// Adds a change behind all others; one at the same instant replaces the last.
    private mutating func append(at start: Int64, offset: Int) {
        if starts.last == start {
            starts.removeLast()
            walls.removeLast()
            offsets.removeLast()
        }
        let before = offsets[offsets.count - 1]
        guard offset != Int(before) else { return }
        starts.append(start)
        walls.append(start + Int64(max(Int(before), offset)))
        offsets.append(Int32(offset))
    }

    /// Seconds east of UTC at `seconds` UTC.
    @inline(__always)
    func offset(utc seconds: Int64) -> Int {
        if seconds >= tableEnd, let later = continuation(around: seconds) { return later.offset(utc: seconds) }
        return Int(offsets[starts.count(upThrough: seconds)])
    }

    /// The offset with which the wall clock `seconds` is read.
    @inline(__always)
    func offset(wall seconds: Int64) -> Int {
        if seconds >= tableEnd, let later = continuation(around: seconds) { return later.offset(wall: seconds) }
        return Int(offsets[walls.count(upThrough: seconds)])
    }

    /// The wall-clock second at which the offset of `seconds` ends; nil where the table has ended.
    func firstWall(after seconds: Int64) -> Int64? {
        guard seconds < tableEnd else { return nil }
        let index = walls.count(upThrough: seconds)
        return min(index < walls.count ? walls[index] : tableEnd, tableEnd)
    }

    /// The first change later than `seconds` UTC, up to the year 9999.
    func firstChange(after seconds: Int64) -> Int64? {
        let index = starts.count(upThrough: seconds)
        if index < starts.count { return starts[index] }
        let later = continuation(around: seconds)?.starts
        return later?.first { $0 > seconds && $0 <= Self.bounds.highest }
    }
}

extension ZoneTimeline {
    /// The rule's timeline, right for any time in the year of `seconds` and for the next change after it.
    @inline(never)
    private func continuation(around seconds: Int64) -> ZoneTimeline? {
        guard let rule else { return nil }
        let year = Self.year(at: seconds)
        var timeline = ZoneTimeline(fixedOffset: rule.standard)
        for change in rule.changes(in: year - 2...year + 2) {
            timeline.append(at: change.at, offset: change.offset)
        }
        return timeline
    }

    private static func year(at seconds: Int64) -> Int {
        let clamped = min(max(seconds, bounds.lowest), bounds.highest)
        return CivilDate(dayNumber: Int((clamped - bounds.lowest) / 86_400) + CivilDate.lowestDayNumber).year
    }
}

extension [Int64] {
    /// How many elements of this ascending array are not greater than `value`.
    @inline(__always)
    fileprivate func count(upThrough value: Int64) -> Int {
        withUnsafeBufferPointer { elements in
            var low = 0
            var length = elements.count
            // Halving without a branch that depends on the data: mispredictions would cost more than the loads.
            while length > 0 {
                let half = (length + 1) / 2
                low += elements[low + half - 1] <= value ? half : 0
                length -= half
            }
            return low
        }
    }
}
