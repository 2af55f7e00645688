import TestSupport
import Scheduling
import Testing

/// Set algebra on spans, against sets of microseconds.
@Suite struct SpanAlgebraTests {
    private static let size = 48

    private static func span(_ start: Int, _ end: Int) -> Span {
        Span(Instant(microseconds: Int64(start)), Instant(microseconds: Int64(end)))
    }

    /// Some spans; a few are empty or inverted.
    private static func spans(_ random: inout SplitMix) -> [Span] {
        (0..<random.int(0...8)).map { _ in
            let start = random.int(0...size - 1)
            return span(start, random.chance(10) ? random.int(0...start) : random.int(start...min(size, start + 9)))
        }
    }

    private static func covered(_ spans: [Span]) -> [Bool] {
        (0..<size).map { at in spans.contains { $0.start.microseconds <= at && at < $0.end.microseconds } }
    }

    private static func isNormal(_ spans: [Span]) -> Bool {
        spans.allSatisfy { $0.start < $0.end } && zip(spans, spans.dropFirst()).allSatisfy { $0.end < $1.start }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func normalizingCoversTheSameInstantsInTheFewestSpans(seed: UInt64) {
        var random = SplitMix(seed: seed)
        for _ in 0..<2_000 {
            let spans = Self.spans(&random)
            let normal = SpanAlgebra.normalized(spans)
            #expect(Self.covered(normal) == Self.covered(spans), "seed \(seed): \(spans)")
            #expect(Self.isNormal(normal), "seed \(seed): \(spans)")
            #expect(SpanAlgebra.normalized(normal) == normal, "seed \(seed): \(spans)")
        }
    }

    @Test(arguments: [4, 5, 6] as [UInt64])
    func subtractingLeavesWhatOnlyTheFirstCovers(seed: UInt64) {
        var random = SplitMix(seed: seed)
        for _ in 0..<2_000 {
            let kept = SpanAlgebra.normalized(Self.spans(&random))
            let removed = SpanAlgebra.normalized(Self.spans(&random))
            let rest = SpanAlgebra.subtracting(kept, removed)
            let expected = zip(Self.covered(kept), Self.covered(removed)).map { $0 && !$1 }
            #expect(Self.covered(rest) == expected, "seed \(seed): \(kept) less \(removed)")
            #expect(Self.isNormal(rest), "seed \(seed): \(kept) less \(removed)")
        }
    }

    @Test(arguments: [7, 8] as [UInt64])
    func anInstantIsFoundInTheSpanThatContainsIt(seed: UInt64) {
        var random = SplitMix(seed: seed)
        for _ in 0..<300 {
            let spans = SpanAlgebra.normalized(Self.spans(&random))
            for at in -1...Self.size {
                let instant = Instant(microseconds: Int64(at))
                let expected = spans.firstIndex { $0.start <= instant && instant < $0.end }
                #expect(SpanAlgebra.index(in: spans, containing: instant) == expected, "seed \(seed): \(at) \(spans)")
            }
        }
    }

    @Test(arguments: [9, 10] as [UInt64])
    func twoSpansOverlapWhereTheyShareAnInstant(seed: UInt64) {
        var random = SplitMix(seed: seed)
        for _ in 0..<5_000 {
            let left = Self.span(random.int(0...9), random.int(0...9))
            let right = Self.span(random.int(0...9), random.int(0...9))
            let shared = zip(Self.covered([left]), Self.covered([right])).contains { $0 && $1 }
            #expect(left.overlaps(right) == shared, "seed \(seed): \(left) \(right)")
        }
    }

    @Test func touchingSpansDoNotOverlapAndEmptyOnesOverlapNothing() {
        #expect(!Self.span(0, 5).overlaps(Self.span(5, 9)))
        #expect(!Self.span(0, 9).overlaps(Self.span(4, 4)))
        #expect(!Self.span(4, 4).overlaps(Self.span(4, 4)))
        #expect(Self.span(0, 5).overlaps(Self.span(4, 9)))
        #expect(Self.span(0, 5).covers(Self.span(0, 5)))
        #expect(!Self.span(0, 5).covers(Self.span(0, 6)))
        #expect(Self.span(0, 5).contains(Instant(microseconds: 0)))
        #expect(!Self.span(0, 5).contains(Instant(microseconds: 5)))
    }
}
