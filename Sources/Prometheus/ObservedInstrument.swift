/// A value read when it is scraped. Nothing is written when it cannot be read.
final class ObservedInstrument: Instrument {
    let series: SeriesName
    private let read: @Sendable () -> Double?

    init(series: SeriesName, read: @escaping @Sendable () -> Double?) {
        self.series = series
        self.read = read
    }

    func write(into text: inout TextExposition) {
        guard let value = read() else { return }
        text.sample(series.name, series.labels, value)
    }
}
