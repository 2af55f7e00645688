/// Set algebra on lists of spans. A *normal* list is sorted, its spans neither empty, overlapping nor touching.
public enum SpanAlgebra {
    /// The normal list that covers the same instants.
    public static func normalized(_ spans: [Span]) -> [Span] {
        var sorted = spans.filter { !$0.isEmpty }
        // Windows of one opening rule come in order: checking is cheaper than sorting.
        if !zip(sorted, sorted.dropFirst()).allSatisfy({ $0.start <= $1.start }) {
            sorted.sort { $0.start < $1.start }
        }
        var result: [Span] = []
        result.reserveCapacity(sorted.count)
        for span in sorted {
            if let last = result.last, span.start <= last.end {
                if span.end > last.end { result[result.count - 1].end = span.end }
            } else {
                result.append(span)
            }
        }
        return result
    }

    /// A normal list minus another normal list.
    public static func subtracting(_ spans: [Span], _ removed: [Span]) -> [Span] {
        guard !removed.isEmpty else { return spans }
        var result: [Span] = []
        result.reserveCapacity(spans.count + removed.count)
        var first = 0
        for span in spans {
            while first < removed.count, removed[first].end <= span.start { first += 1 }
            var start = span.start
            var index = first
            while index < removed.count, removed[index].start < span.end {
                if removed[index].start > start { result.append(Span(start, removed[index].start)) }
                start = max(start, removed[index].end)
                index += 1
            }
            if start < span.end { result.append(Span(start, span.end)) }
        }
        return result
    }

    /// The index of the span of a normal list that contains the instant.
    public static func index(in spans: [Span], containing instant: Instant) -> Int? {
        var low = 0
        var high = spans.count
        while low < high {
            let middle = (low + high) / 2
            if spans[middle].end <= instant { low = middle + 1 } else { high = middle }
        }
        return low < spans.count && spans[low].start <= instant ? low : nil
    }
}
