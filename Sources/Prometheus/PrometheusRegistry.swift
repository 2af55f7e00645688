public import CoreMetrics
internal import Synchronization

/// A metrics backend that renders the Prometheus text format 0.0.4.
///
/// The number of series (label sets; a histogram is one) is bounded: past `maxSeries` new ones are dropped,
/// work as no-ops, and are counted in `almanac_metrics_dropped_series_total`.
public final class PrometheusRegistry: MetricsFactory, Sendable {
    /// Upper bounds of histogram buckets, ascending, without infinity.
    public struct Buckets: Sendable {
        public var timers: [Double]
        public var recorders: [Double]

        /// - Parameters:
        ///   - timers: in seconds.
        ///   - recorders: in the unit of the recorded values.
        public init(
            timers: [Double] = [
                0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
            ],
            recorders: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000, 10_000, 100_000]
        ) {
            self.timers = timers
            self.recorders = recorders
        }
    }

    static let droppedName = SeriesName("almanac_metrics_dropped_series_total", [])
    let table: Mutex<SeriesTable>
    let collectors = Mutex<[@Sendable (PrometheusRegistry) -> Void]>([])
    let descriptions: Mutex<[String: String]>
    private let buckets: Buckets

    public init(maxSeries: Int = 10_000, buckets: Buckets = Buckets()) {
        self.table = Mutex(SeriesTable(limit: maxSeries + 1))
        descriptions = Mutex([:])
        self.buckets = buckets
        observe(Self.droppedName, .counter) { [weak self] in
            self.map { Double($0.table.withLock(\.dropped)) }
        }
    }

    // MARK: - MetricsFactory

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        obtain(SeriesName(label, dimensions), .counter, CounterInstrument.init) ?? NOOPMetricsHandler.instance
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        obtain(SeriesName(label, dimensions), .counter, FloatingCounterInstrument.init)
            ?? NOOPMetricsHandler.instance
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        obtain(SeriesName(label, dimensions), .gauge, GaugeInstrument.init) ?? NOOPMetricsHandler.instance
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        let series = SeriesName(label, dimensions)
        guard aggregate else {
            return obtain(series, .gauge, GaugeInstrument.init) ?? NOOPMetricsHandler.instance
        }
        return histogram(series, buckets.recorders) ?? NOOPMetricsHandler.instance
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(SeriesName(label, dimensions, suffix: "_seconds"), buckets.timers)
            ?? NOOPMetricsHandler.instance
    }

    public func destroyCounter(_ handler: any CounterHandler) { destroy(handler) }
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { destroy(handler) }
    public func destroyMeter(_ handler: any MeterHandler) { destroy(handler) }
    public func destroyRecorder(_ handler: any RecorderHandler) { destroy(handler) }
    public func destroyTimer(_ handler: any TimerHandler) { destroy(handler) }

    // MARK: - Steps

    func observe(_ series: SeriesName, _ kind: InstrumentKind, _ read: @escaping @Sendable () -> Double?) {
        _ = obtain(series, kind) { ObservedInstrument(series: $0, read: read) }
    }

    private func histogram(_ series: SeriesName, _ bounds: [Double]) -> HistogramInstrument? {
        obtain(series, .histogram) { HistogramInstrument(series: $0, bounds: bounds) }
    }

    private func obtain<I: Instrument>(
        _ series: SeriesName, _ kind: InstrumentKind, _ make: (SeriesName) -> I
    ) -> I? {
        table.withLock { $0.obtain(series, kind, make) }
    }

    private func destroy(_ handler: AnyObject) {
        guard let instrument = handler as? any Instrument else { return }
        table.withLock { $0.remove(instrument) }
    }
}
