import Prometheus
import AlmanacRuntime
import HTTPTypes
import Hummingbird
import NIOCore

/// Health, metrics and the API contract.
struct SystemRoutes {
    let registry: PrometheusRegistry
    let isReady: @Sendable () async -> Bool
    private let documents = Documents()

    init(registry: PrometheusRegistry, isReady: @escaping @Sendable () async -> Bool) {
        self.registry = registry
        self.isReady = isReady
    }

    var table: [Route] {
        [
            Route(.get, "/health/live", .anyone) { _ in Self.ok },
            Route(.get, "/health/ready", .anyone, ready),
            Route(.get, "/metrics", .operator, metrics),
            Route(.get, "/openapi.json", .anyone) { Self.answer(try documents.openAPI(), to: $0) },
            Route(.get, "/", .anyone) { _ in Response(status: .found, headers: [.location: "/docs"]) },
            Route(.get, "/docs", .anyone) { Self.answer(try documents.page(), to: $0) },
        ]
    }

    private static var ok: Response { .json(Array(#"{"status":"ok"}"#.utf8)) }

    private func ready(_ call: Call) async throws -> Response {
        guard await isReady() else {
            throw Problem(.serviceUnavailable, "not_ready", "Bookings cannot be taken now.")
        }
        return Self.ok
    }

    private func metrics(_ call: Call) -> Response {
        Response(
            status: .ok, headers: [.contentType: PrometheusRegistry.contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(string: registry.renderText()))
        )
    }

    private static func answer(_ document: Documents.Document, to call: Call) -> Response {
        if call.has(document.etag) { return .notModified(document.etag) }
        return Response(
            status: .ok, headers: [.contentType: document.type, .eTag: document.etag, .cacheControl: "no-cache"],
            body: ResponseBody(byteBuffer: document.body)
        )
    }
}
