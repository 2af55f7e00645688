import Prometheus
import AlmanacRuntime
import Metrics
import Realtime

extension PrometheusRegistry {
    /// Publishes version and store, and registers all metric families that docs/operations.md names, also those of
    /// unused parts. So the first scrape already has them.
    func announce(_ configuration: AlmanacConfiguration) {
        let store =
            switch configuration.database {
            case .sqlite: "sqlite"
            case .postgres: "postgres"
            }
        gauge("almanac_build_info", dimensions: [("version", Release.version), ("store", store)]) { 1 }
        RealtimeMetrics.register()
        for outcome in ["written", "behind", "superseded", "failed"] {
            Counter(label: "almanac_hot_writes_total", dimensions: [("outcome", outcome)]).increment(by: 0)
        }
        _ = Metrics.Timer(label: "almanac_hot_write")
        for what in ["state", "version", "message", "ticket"] {
            Counter(label: "almanac_redis_refused_total", dimensions: [("what", what)]).increment(by: 0)
        }
        for source in ["memory", "store", "record"] {
            Counter(label: "almanac_replica_reads_total", dimensions: [("source", source)]).increment(by: 0)
        }
    }
}
