/// A writer of the Prometheus text format 0.0.4.
struct TextExposition: Sendable {
    private(set) var text = ""

    /// - Parameter help: what the family says, in one line; nil if nobody has described it.
    mutating func family(_ name: String, _ kind: InstrumentKind, help: String?) {
        if let help { text += "# HELP \(name) \(help)\n" }
        text += "# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func sample(_ name: String, _ labels: String, _ value: Double) {
        text += name
        if !labels.isEmpty { text += "{\(labels)}" }
        text += " \(Self.number(value))\n"
    }

    /// Whole numbers without a fraction, others in the shortest form that reads back the same.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if abs(value) < 1e15, value == value.rounded() { return String(Int64(value)) }
        return "\(value)"
    }
}
