/// One series: something that holds a value and can write it in the text format.
protocol Instrument: AnyObject, Sendable {
    var series: SeriesName { get }
    func write(into text: inout TextExposition)
}

/// The type a family declares. All series of one name share it.
enum InstrumentKind: String, Sendable {
    case counter, gauge, histogram

    /// The names that a family of this kind writes; no other family may use them.
    func sampleNames(_ name: String) -> [String] {
        switch self {
        case .counter, .gauge: [name]
        case .histogram: [name, name + "_bucket", name + "_sum", name + "_count"]
        }
    }
}
