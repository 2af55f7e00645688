/// A half-open stretch of time `[start, end)`; one that ends at or before its start is empty.
public struct Span: Hashable, Sendable {
    public var start: Instant
    public var end: Instant

    public init(_ start: Instant, _ end: Instant) {
        self.start = start
        self.end = end
    }

    public var isEmpty: Bool { end <= start }

    /// Whether the two share an instant. Touching spans do not; an empty span overlaps nothing.
    public func overlaps(_ other: Span) -> Bool {
        start < other.end && other.start < end && !isEmpty && !other.isEmpty
    }

    /// The time that both share; empty if none.
    public func intersection(_ other: Span) -> Span { Span(max(start, other.start), min(end, other.end)) }

    public func contains(_ instant: Instant) -> Bool { start <= instant && instant < end }

    public func covers(_ other: Span) -> Bool { start <= other.start && other.end <= end }
}
