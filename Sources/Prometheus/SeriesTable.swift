/// All series by family, bounded. Pure: `PrometheusRegistry` keeps it under its mutex.
struct SeriesTable: Sendable {
    struct Family: Sendable {
        let kind: InstrumentKind
        var series: [String: any Instrument] = [:]
    }

    let limit: Int
    private(set) var families: [String: Family] = [:]
    private(set) var count = 0
    /// Label sets refused because the table was full or their name is taken by another kind.
    private(set) var dropped: Int64 = 0
    /// Which family writes samples of this name.
    private var owners: [String: String] = [:]

    init(limit: Int) { self.limit = limit }

    /// The series of this name, made on first use. Nil when it was dropped.
    mutating func obtain<I: Instrument>(
        _ series: SeriesName, _ kind: InstrumentKind, _ make: (SeriesName) -> I
    ) -> I? {
        if let known = families[series.name]?.series[series.labels] {
            if let instrument = known as? I { return instrument }
            dropped += 1
            return nil
        }
        guard count < limit, claim(series.name, kind) else {
            dropped += 1
            return nil
        }
        let instrument = make(series)
        families[series.name, default: Family(kind: kind)].series[series.labels] = instrument
        count += 1
        return instrument
    }

    /// Forgets a series, unless another took its place.
    mutating func remove(_ instrument: any Instrument) {
        let series = instrument.series
        guard var family = families[series.name], family.series[series.labels] === instrument else { return }
        family.series[series.labels] = nil
        count -= 1
        families[series.name] = family.series.isEmpty ? nil : family
        guard family.series.isEmpty else { return }
        for name in family.kind.sampleNames(series.name) { owners[name] = nil }
    }

    /// Reserves the sample names of a family. False when another family or kind writes one of them.
    private mutating func claim(_ name: String, _ kind: InstrumentKind) -> Bool {
        if let family = families[name] { return family.kind == kind }
        let names = kind.sampleNames(name)
        guard names.allSatisfy({ owners[$0] == nil }) else { return false }
        for sample in names { owners[sample] = name }
        return true
    }
}
