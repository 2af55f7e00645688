import SQL
import AlmanacRuntime
import HTTPTypes
import Hummingbird
import Logging
import Scheduling
import Synchronization
import TenantActors

/// The outermost layer: request ids, errors as problems, what browsers need, metrics, one log line for what failed.
struct EdgeMiddleware: RouterMiddleware {
    static let requestIDHeader = headerName("X-Request-Id")
    static let traceParentHeader = headerName("traceparent")

    private let metrics = RequestMetrics()
    private let requestIDs: RequestIDs
    private let logger: Logger
    private let crossOrigin: CrossOrigin
    private let compression: Compression

    init(ids: IDGenerator, logger: Logger, browsers: BrowserSettings, work: WorkGate) {
        requestIDs = RequestIDs(ids)
        self.logger = logger
        crossOrigin = CrossOrigin(browsers.origins)
        compression = Compression(cacheBytes: browsers.gzipCacheBytes, work: work)
    }

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let started = SystemClock.monotonic()
        var (request, context) = (request, context)
        let given = request.headers[Self.requestIDHeader]
        context.requestID = given.flatMap { Self.isSane($0) ? $0 : nil } ?? requestIDs.next()
        let wish = compression.wish(&request)
        var response: Response
        do {
            if let whole = Self.ofWholeServer(request) {
                response = whole
            } else {
                response = try await next(request, context)
            }
        } catch {
            let problem = Problem(error)
            if problem.status.code >= 500 { log(problem, error, request, context) }
            response = problem.response(requestID: context.requestID)
        }
        response.headers[Self.requestIDHeader] = context.requestID
        // What was sent on by another node is dressed there.
        if !context.isForwarded {
            response.headers[InternalHeaders.moving] = nil
            crossOrigin.apply(request, to: &response)
            try await compression.apply(wish, request, to: &response)
        }
        // Whatever went wrong, an answer to HEAD has no body (RFC 9110 §9.3.2).
        if request.method == .head { response = response.createHeadResponse() }
        metrics.record(
            request.method, context.endpointPath, response.status.code, Int64(SystemClock.monotonic() - started)
        )
        return response
    }

    /// The answer to `OPTIONS *`, which asks for no path's methods but for all there are (RFC 9110 §9.3.7).
    private static func ofWholeServer(_ request: Request) -> Response? {
        guard request.method == .options, request.uri.string.utf8.elementsEqual("*".utf8) else { return nil }
        return Response(status: .noContent, headers: [.allow: "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"])
    }

    private func log(_ problem: Problem, _ error: any Error, _ request: Request, _ context: APIContext) {
        var metadata: Logger.Metadata = [
            "request_id": "\(context.requestID)", "status": "\(problem.status.code)",
            "code": "\(problem.code)", "cause": "\(Self.cause(error))",
        ]
        if let parent = request.headers[Self.traceParentHeader], Self.isSane(parent) {
            metadata["traceparent"] = "\(parent)"
        }
        // Not the context's logger, which tells an id of its own beside ours.
        logger.log(
            level: problem.status == .serviceUnavailable ? .warning : .error, "request failed", metadata: metadata
        )
    }

    /// What went wrong, for the log: our own errors carry no user data, of others only the kind is told.
    private static func cause(_ error: any Error) -> String {
        switch error {
        case CommandError.unavailable(let error): error.description
        case let error as StoreError: error.description
        case let error as CommandError: "\(Problem(command: error).code)"
        default: String(describing: type(of: error))
        }
    }

    private static func isSane(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
                    || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
            }
    }
}

/// Ids of requests that brought none: unique, cheap, meaningless.
private final class RequestIDs: Sendable {
    private let prefix: String
    private let count = Atomic<UInt64>(0)

    init(_ ids: IDGenerator) { prefix = Base64URL.encode(ids.secret(bytes: 9)) + "-" }

    func next() -> String { prefix + String(count.wrappingAdd(1, ordering: .relaxed).newValue, radix: 36) }
}

/// A header name that is known to be valid.
func headerName(_ text: StaticString) -> HTTPField.Name {
    guard let name = HTTPField.Name(text.description) else { return .contentType }
    return name
}
