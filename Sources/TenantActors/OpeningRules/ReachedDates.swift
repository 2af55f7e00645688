import AlmanacRuntime
public import Scheduling

/// A range of local dates, both included; unbounded where an end is nil.
public struct ReachedDates: Hashable, Sendable {
    public var from: CivilDate?
    public var to: CivilDate?

    public init(from: CivilDate? = nil, to: CivilDate? = nil) {
        self.from = from
        self.to = to
    }

    /// The smallest range that contains both.
    func union(_ other: ReachedDates) -> ReachedDates {
        var union = ReachedDates()
        if let from, let first = other.from { union.from = min(from, first) }
        if let to, let last = other.to { union.to = max(to, last) }
        return union
    }
}
