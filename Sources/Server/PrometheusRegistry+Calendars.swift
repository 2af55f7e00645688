import AlmanacRuntime
import TenantActors

extension PrometheusRegistry {
    /// What calendars count.
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
