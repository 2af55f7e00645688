@testable import Prometheus
import Metrics
import Synchronization
import Testing

@Suite struct PrometheusRegistryTests {
    private func scrape(_ registry: PrometheusRegistry) throws -> ExpositionParser {
        try ExpositionParser(registry.renderText())
    }

    @Test func everyKindIsRenderedExactlySoAndSorted() {
        let registry = PrometheusRegistry(buckets: .init(timers: [0.01, 0.1], recorders: [1, 2]))
        Counter(label: "requests", dimensions: [("route", "/b"), ("code", "200")], factory: registry).increment(by: 2)
        Counter(label: "requests", dimensions: [("code", "200"), ("route", "/a")], factory: registry).increment()
        FloatingPointCounter(label: "cost", factory: registry).increment(by: 0.25)
        Meter(label: "depth", factory: registry).set(-3)
        Gauge(label: "last", factory: registry).record(1.5)
        Recorder(label: "batch", dimensions: [("log", "a")], factory: registry).record(2)
        let timer = Timer(label: "commit", factory: registry)
        timer.recordMilliseconds(5)
        timer.recordMilliseconds(50)
        timer.recordMilliseconds(500)
        #expect(
            registry.renderText() == """
                # TYPE almanac_metrics_dropped_series_total counter
                almanac_metrics_dropped_series_total 0
                # TYPE batch histogram
                batch_bucket{log="a",le="1"} 0
                batch_bucket{log="a",le="2"} 1
                batch_bucket{log="a",le="+Inf"} 1
                batch_sum{log="a"} 2
                batch_count{log="a"} 1
                # TYPE commit_seconds histogram
                commit_seconds_bucket{le="0.01"} 1
                commit_seconds_bucket{le="0.1"} 2
                commit_seconds_bucket{le="+Inf"} 3
                commit_seconds_sum 0.555
                commit_seconds_count 3
                # TYPE cost counter
                cost 0.25
                # TYPE depth gauge
                depth -3
                # TYPE last gauge
                last 1.5
                # TYPE requests counter
                requests{code="200",route="/a"} 1
                requests{code="200",route="/b"} 2

                """)
    }

    @Test func namesAndLabelsAreMadeValid() throws {
        let registry = PrometheusRegistry()
        let odd = [("le", "a"), ("__name__", "b"), ("1st", "c"), ("grün", "say \"hi\"\\\n\r\n ü")]
        Counter(label: "9 lives.of/a-cat", dimensions: odd, factory: registry).increment()
        Counter(label: "", factory: registry).increment()
        Timer(label: "wait.seconds", factory: registry).recordNanoseconds(1)
        let text = try scrape(registry)
        let labels = ["le_": "a", "label__name__": "b", "_1st": "c", "gr_n": "say \"hi\"\\\n\r\n ü"]
        #expect(text.value("_9_lives_of_a_cat", labels) == 1)
        #expect(text.value("_") == 1)
        #expect(text.value("wait_seconds_count") == 1)
    }

    @Test func oneNameAndLabelSetIsOneSeriesInAnyOrderOfLabels() throws {
        let registry = PrometheusRegistry()
        Counter(label: "c", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
        Counter(label: "c", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment()
        #expect(try scrape(registry).value("c", ["a": "1", "b": "2"]) == 2)
    }

    @Test func pastTheBoundNewSeriesAreDroppedAndCounted() throws {
        let registry = PrometheusRegistry(maxSeries: 3)
        for user in 0..<10 { Counter(label: "c", dimensions: [("user", "\(user)")], factory: registry).increment() }
        Timer(label: "t", factory: registry).recordNanoseconds(1)
        Counter(label: "c", dimensions: [("user", "0")], factory: registry).increment()
        let text = try scrape(registry)
        #expect(text.samples.filter { $0.name == "c" }.count == 3)
        #expect(text.value("c", ["user": "0"]) == 2)
        #expect(text.value("almanac_metrics_dropped_series_total") == 8)
        #expect(text.types["t_seconds"] == nil)
    }

    @Test func aNameTakenByAnotherKindIsDropped() throws {
        let registry = PrometheusRegistry()
        Recorder(label: "size", factory: registry).record(1)
        Counter(label: "size", factory: registry).increment()
        Counter(label: "size_count", factory: registry).increment()
        Meter(label: "size", dimensions: [("a", "b")], factory: registry).set(1)
        FloatingPointCounter(label: "n", factory: registry).increment(by: 1)
        Counter(label: "n", factory: registry).increment()
        let text = try scrape(registry)
        #expect(text.types["size"] == "histogram" && text.types["size_count"] == nil)
        #expect(text.value("almanac_metrics_dropped_series_total") == 4)
    }

    @Test func aDestroyedSeriesMakesRoomForAnother() throws {
        let registry = PrometheusRegistry(maxSeries: 1)
        let timer = Timer(label: "x", factory: registry)
        timer.destroy()
        Counter(label: "x_seconds_count", factory: registry).increment()
        timer.destroy()
        let text = try scrape(registry)
        #expect(text.value("x_seconds_count") == 1)
        #expect(text.value("almanac_metrics_dropped_series_total") == 0)
    }

    @Test func bucketsAreCumulativeAndBoundsAreInclusive() throws {
        let registry = PrometheusRegistry(buckets: .init(recorders: [1, 2]))
        let recorder = Recorder(label: "r", factory: registry)
        for value in [0.5, 1, 2, 3, .infinity, .nan] { recorder.record(value) }
        let text = try scrape(registry)
        #expect(["1", "2", "+Inf"].map { text.value("r_bucket", ["le": $0]) } == [2, 3, 5])
        #expect(text.value("r_count") == 5 && text.value("r_sum") == .infinity)
    }

    @Test func countersOnlyGrow() throws {
        let registry = PrometheusRegistry()
        registry.makeCounter(label: "c", dimensions: []).increment(by: -5)
        let floating = registry.makeFloatingPointCounter(label: "f", dimensions: [])
        for amount in [-1, .nan, .infinity, 0.5] { floating.increment(by: amount) }
        #expect(try scrape(registry).value("c") == 0)
        #expect(try scrape(registry).value("f") == 0.5)
        floating.reset()
        #expect(try scrape(registry).value("f") == 0)
    }

    @Test func noIncrementIsLostBetweenThreads() async throws {
        let registry = PrometheusRegistry()
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    let counter = Counter(label: "c", factory: registry)
                    let floating = FloatingPointCounter(label: "f", factory: registry)
                    let timer = Timer(label: "t", factory: registry)
                    for _ in 0..<2_000 {
                        counter.increment()
                        floating.increment(by: 0.5)
                        timer.recordNanoseconds(1)
                    }
                }
            }
        }
        let text = try scrape(registry)
        #expect(text.value("c") == 16_000 && text.value("f") == 8_000 && text.value("t_seconds_count") == 16_000)
    }

    @Test func queuesAreReadWhenScraped() throws {
        let registry = PrometheusRegistry()
        let lengths = Lengths()
        registry.gauge("queue", dimensions: [("of", "mail")]) { lengths.read() }
        registry.gauge("absent") { nil }
        registry.onScrape { $0.setGauge("collected", to: lengths.read()) }
        #expect(try scrape(registry).value("queue", ["of": "mail"]) == 2)
        #expect(try scrape(registry).value("collected") == 3)
        #expect(try scrape(registry).value("absent") == nil)
    }

    @Test func theProcessIsObserved() throws {
        let registry = PrometheusRegistry()
        registry.observeProcess()
        let text = try scrape(registry)
        #expect(text.types["process_cpu_seconds_total"] == "counter")
        #expect(try #require(text.value("process_resident_memory_bytes")) > 1_000_000)
        #expect(try #require(text.value("process_cpu_seconds_total")) >= 0)
        #expect(try #require(text.value("process_open_fds")) >= 3)
        #expect(try #require(text.value("process_start_time_seconds")) > 1_600_000_000)
    }

    @Test func withoutProcNothingIsWritten() throws {
        let registry = PrometheusRegistry()
        registry.observeProcess(ProcessStatistics(root: "/nowhere"))
        #expect(try scrape(registry).samples.count == 1)
    }
}

/// Answers 1, 2, 3, …
private final class Lengths: Sendable {
    private let count = Atomic<Int>(0)
    func read() -> Double { Double(count.wrappingAdd(1, ordering: .relaxed).newValue) }
}
