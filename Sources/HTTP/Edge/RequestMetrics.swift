import HTTPTypes
import Metrics
import Synchronization

/// Counts requests by route, and measures their time by what they are. Bounded, so that a scrape stays small: a time for
/// each route and status would be a hundred histograms.
final class RequestMetrics: Sendable {
    private struct Key: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private let counters = Mutex<[Key: Counter]>([:])
    private let booking = Metrics.Timer(label: "almanac_http_request", dimensions: [("kind", "booking")])
    private let availability = Metrics.Timer(label: "almanac_http_request", dimensions: [("kind", "availability")])
    private let read = Metrics.Timer(label: "almanac_http_request", dimensions: [("kind", "read")])
    private let write = Metrics.Timer(label: "almanac_http_request", dimensions: [("kind", "write")])
    private let system = Metrics.Timer(label: "almanac_http_request", dimensions: [("kind", "system")])

    init() {
        for status in [2, 4, 5] { counter(Key(method: "GET", route: "/health/ready", status: status)).increment(by: 0) }
    }

    /// - Parameter route: the template of the path; nil where there is none.
    func record(_ method: HTTPRequest.Method, _ route: String?, _ status: Int, _ nanoseconds: Int64) {
        // Methods that a path lacks are many, and say nothing of it.
        let isNone = route == nil || status == 405 || method == .options
        let route = isNone ? "none" : route ?? "none"
        let key = Key(method: isNone ? "any" : Self.name(method), route: route, status: status / 100)
        counter(key).increment()
        timer(method, route).recordNanoseconds(nanoseconds)
    }

    private func counter(_ key: Key) -> Counter {
        counters.withLock { counters in
            if let counter = counters[key] { return counter }
            let counter = Counter(
                label: "almanac_http_requests_total",
                dimensions: [("method", key.method), ("route", key.route), ("status", "\(key.status)xx")]
            )
            counters[key] = counter
            return counter
        }
    }

    private func timer(_ method: HTTPRequest.Method, _ route: String) -> Metrics.Timer {
        if !route.utf8.starts(with: "/api/".utf8) { return system }
        if method == .post, route == Self.bookings { return booking }
        if route.utf8.count > Self.end.count, route.utf8.suffix(Self.end.count).elementsEqual(Self.end) {
            return availability
        }
        return method == .get || method == .head ? read : write
    }

    private static let bookings = "/api/v1/appointments"
    private static let end = Array("/availability".utf8)

    private static func name(_ method: HTTPRequest.Method) -> String {
        switch method {
        case .get, .head: "GET"
        case .post, .put, .patch, .delete: method.rawValue
        default: "other"
        }
    }
}
