internal import CoreMetrics
internal import Synchronization

/// A whole number that only grows. One relaxed atomic addition per increment.
final class CounterInstrument: Instrument, CounterHandler {
    let series: SeriesName
    private let value = Atomic<Int64>(0)

    init(series: SeriesName) { self.series = series }

    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        value.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() { value.store(0, ordering: .relaxed) }

    func write(into text: inout TextExposition) {
        text.sample(series.name, series.labels, Double(value.load(ordering: .relaxed)))
    }
}

/// A fractional sum that only grows.
final class FloatingCounterInstrument: Instrument, FloatingPointCounterHandler {
    let series: SeriesName
    private let value = AtomicDouble()

    init(series: SeriesName) { self.series = series }

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        value.add(amount)
    }

    func reset() { value.store(0) }

    func write(into text: inout TextExposition) { text.sample(series.name, series.labels, value.load()) }
}
