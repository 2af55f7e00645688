internal import CoreMetrics
internal import Synchronization

/// A distribution in fixed buckets: an aggregating recorder, or a timer in seconds.
final class HistogramInstrument: Instrument, RecorderHandler, TimerHandler {
    private struct Distribution: Sendable {
        /// One count per bound, and one for everything above.
        var counts: [UInt64]
        var sum = 0.0
    }

    let series: SeriesName
    private let bounds: [Double]
    private let distribution: Mutex<Distribution>

    init(series: SeriesName, bounds: [Double]) {
        self.series = series
        self.bounds = bounds
        self.distribution = Mutex(Distribution(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard !value.isNaN else { return }
        var bucket = 0
        while bucket < bounds.count, value > bounds[bucket] { bucket += 1 }
        distribution.withLock { [bucket] in
            $0.counts[bucket] += 1
            $0.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func write(into text: inout TextExposition) {
        let (counts, sum) = distribution.withLock { ($0.counts, $0.sum) }
        var count: UInt64 = 0
        let prefix = series.labels.isEmpty ? "" : series.labels + ","
        for (bound, inBucket) in zip(bounds + [.infinity], counts) {
            count += inBucket
            let labels = "\(prefix)le=\"\(TextExposition.number(bound))\""
            text.sample(series.name + "_bucket", labels, Double(count))
        }
        text.sample(series.name + "_sum", series.labels, sum)
        text.sample(series.name + "_count", series.labels, Double(count))
    }
}
