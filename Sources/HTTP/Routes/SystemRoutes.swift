import Prometheus
import AlmanacRuntime
import HTTPTypes
import Hummingbird
import NIOCore

/// Health, metrics and the written contract.
struct SystemRoutes {
    let api: API
    let registry: PrometheusRegistry
    let isReady: @Sendable () async -> Bool
    private let documents = Documents()

    init(api: API, registry: PrometheusRegistry, isReady: @escaping @Sendable () async -> Bool) {
        self.api = api
        self.registry = registry
        self.isReady = isReady
    }

    func register(on routes: RouteTable) {
        routes.get("/health/live", at: .anywhere) { _, _ in Answer.json(Array(#"{"status":"ok"}"#.utf8)) }
        routes.get("/health/ready", at: .anywhere, ready)
        routes.get("/metrics", at: .anywhere, metrics)
        routes.get("/openapi.json", at: .anywhere) { request, _ in document(try documents.openAPI(), request) }
        routes.get("/", at: .anywhere) { _, _ in Response(status: .found, headers: [.location: "/docs"]) }
        routes.get("/docs", at: .anywhere) { request, _ in document(try documents.page(), request) }
    }

    func ready(_ request: Request, _ context: APIContext) async throws -> Response {
        guard await isReady() else {
            throw Problem(.serviceUnavailable, "not_ready", "Bookings cannot be taken now.")
        }
        return Answer.json(Array(#"{"status":"ok"}"#.utf8))
    }

    func metrics(_ request: Request, _ context: APIContext) async throws -> Response {
        try api.authenticator.requireOperator(request)
        return Response(
            status: .ok, headers: [.contentType: PrometheusRegistry.contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(string: registry.renderText()))
        )
    }

    private func document(_ document: Documents.Document, _ request: Request) -> Response {
        if api.matches(request, document.etag) { return Answer.notModified(document.etag) }
        return Response(
            status: .ok, headers: [.contentType: document.type, .eTag: document.etag, .cacheControl: "no-cache"],
            body: ResponseBody(byteBuffer: document.body)
        )
    }
}
