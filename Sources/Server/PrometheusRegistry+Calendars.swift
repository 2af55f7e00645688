import Prometheus
import AlmanacRuntime
import TenantActors

extension PrometheusRegistry {
    /// How much the calendars cache, and how much they had to free.
    func observe(_ memory: CacheBudget) {
        let bytes = "almanac_cache_bytes"
        gauge(bytes, dimensions: [("kind", "days")]) { Double(memory.used.days) }
        gauge(bytes, dimensions: [("kind", "answers")]) { Double(memory.used.answers) }
        gauge(bytes, dimensions: [("kind", "windows")]) { Double(memory.used.windows + memory.used.watched) }
        gauge("almanac_cache_limit_bytes") { Double(memory.limit) }
        counter("almanac_cache_evictions_total") { Double(memory.evictions) }
        counter("almanac_cache_evicted_bytes_total") { Double(memory.bytesEvicted) }
    }

    /// The bytes of requests and answers in transit.
    func observe(bodies: ByteRoom, answers: ByteRoom, snapshots: ByteRoom) {
        for (kind, room) in [("bodies", bodies), ("answers", answers), ("snapshots", snapshots)] {
            gauge("almanac_transfer_bytes", dimensions: [("kind", kind)]) { Double(room.used) }
        }
    }

    /// Heavy work, running and waiting.
    func observe(_ work: WorkGate) {
        gauge("almanac_heavy_jobs_running") { Double(work.running) }
        gauge("almanac_heavy_jobs_waiting") { Double(work.waiting) }
        counter("almanac_heavy_jobs_total") { Double(work.begun) }
        counter("almanac_heavy_jobs_refused_total") { Double(work.refused) }
    }

    /// The counters of all calendars.
    func observe(_ counts: CalendarCounts) {
        let days = "almanac_availability_days_total"
        counter(days, dimensions: [("result", "hit")]) { Double(counts.dayHits) }
        counter(days, dimensions: [("result", "compiled")]) { Double(counts.daysCompiled) }
        let answers = "almanac_availability_answers_total"
        counter(answers, dimensions: [("result", "hit")]) { Double(counts.answersKept) }
        counter(answers, dimensions: [("result", "computed")]) { Double(counts.answersComputed) }
        counter("almanac_days_recorded_total") { Double(counts.daysRecorded) }
        counter("almanac_zone_rereads_total") { Double(counts.zonesReread) }
    }
}
