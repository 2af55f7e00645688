internal import CoreMetrics
internal import Synchronization

extension PrometheusRegistry {
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Runs `collect` at the start of every scrape, to set values that are cheaper to read than to keep.
    public func onScrape(_ collect: @escaping @Sendable (PrometheusRegistry) -> Void) {
        collectors.withLock { $0.append(collect) }
    }

    /// Says what families are, by their names: a line each, without backslashes.
    public func describe(_ families: [String: String]) {
        descriptions.withLock { $0.merge(families) { _, new in new } }
    }

    /// A gauge read at scrape time, such as the length of a queue; nil writes nothing. The first one of a
    /// name and label set stays.
    public func gauge(
        _ label: String, dimensions: [(String, String)] = [], read: @escaping @Sendable () -> Double?
    ) {
        observe(SeriesName(label, dimensions), .gauge, read)
    }

    /// A counter read at scrape time; its value must only grow.
    public func counter(
        _ label: String, dimensions: [(String, String)] = [], read: @escaping @Sendable () -> Double?
    ) {
        observe(SeriesName(label, dimensions), .counter, read)
    }

    /// Sets a gauge; for `onScrape`.
    public func setGauge(_ label: String, dimensions: [(String, String)] = [], to value: Double) {
        makeMeter(label: label, dimensions: dimensions).set(value)
    }

    /// Every series in the text format, sorted by name and labels. Reads and callbacks run without our locks.
    public func renderText() -> String {
        for collect in collectors.withLock({ $0 }) { collect(self) }
        let (families, help) = (table.withLock { $0.families }, descriptions.withLock { $0 })
        var text = TextExposition()
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            text.family(name, family.kind, help: help[name])
            for (_, instrument) in family.series.sorted(by: { $0.key < $1.key }) { instrument.write(into: &text) }
        }
        return text.text
    }
}
