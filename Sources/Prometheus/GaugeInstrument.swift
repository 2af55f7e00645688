internal import CoreMetrics

/// A value that goes up and down: a meter, or a recorder that does not aggregate.
final class GaugeInstrument: Instrument, MeterHandler, RecorderHandler {
    let series: SeriesName
    private let value = AtomicDouble()

    init(series: SeriesName) { self.series = series }

    func set(_ value: Int64) { self.value.store(Double(value)) }
    func set(_ value: Double) { self.value.store(value) }
    func increment(by amount: Double) { value.add(amount) }
    func decrement(by amount: Double) { value.add(-amount) }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }

    func write(into text: inout TextExposition) { text.sample(series.name, series.labels, value.load()) }
}
