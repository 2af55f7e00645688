import Metrics

/// What the live feed counts, summed over all sockets.
package enum RealtimeMetrics {
    static let sent = Counter(label: "almanac_realtime_messages_sent_total")
    static let received = Counter(label: "almanac_realtime_messages_received_total")
    static let dropped = Counter(label: "almanac_realtime_messages_dropped_total")
    static let resynchronizations = Counter(label: "almanac_realtime_resynchronizations_total")
    static let resubscriptions = Counter(label: "almanac_realtime_resubscriptions_total")
    static let refused = Counter(label: "almanac_realtime_upgrades_refused_total")
    static let stalled = Counter(label: "almanac_realtime_sockets_stalled_total")

    /// Has every series there from the start.
    package static func register() {
        for counter in [sent, received, dropped, resynchronizations, resubscriptions, refused, stalled] {
            counter.increment(by: 0)
        }
    }
}
