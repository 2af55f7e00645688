import Metrics

/// What connections are ended for, counted.
enum ConnectionMetrics {
    enum Reason: String, CaseIterable {
        /// No room, not even in the reserve.
        case full
        /// What came was no HTTP that is taken.
        case malformed
        /// Silent between requests.
        case idle
        /// A head or a body that was too slow.
        case slow
        /// An answer that was not taken.
        case stalled
    }

    private static let counters = Dictionary(
        uniqueKeysWithValues: Reason.allCases.map {
            ($0, Counter(label: "almanac_connections_ended_total", dimensions: [("reason", $0.rawValue)]))
        }
    )

    static func count(_ reason: Reason) { counters[reason]?.increment() }

    /// Has every series there from the start.
    static func register() { for reason in Reason.allCases { counters[reason]?.increment(by: 0) } }
}
