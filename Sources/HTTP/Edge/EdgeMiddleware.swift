import AlmanacRuntime
import HTTPTypes
import Hummingbird
import Logging
import Metrics
import Scheduling
import Synchronization
import TenantActors

/// The outermost layer: request ids, errors as problems, metrics, one log line for what failed.
struct EdgeMiddleware: RouterMiddleware {
    private final class Timers: Sendable {
        private struct Key: Hashable {
            let method: String
            let route: String
            let status: Int
        }

        private let timers = Mutex<[Key: Metrics.Timer]>([:])

        /// The timer of a route and status; both sets are fixed, so the number of timers is bounded.
        func timer(_ method: String, _ route: String, _ status: Int) -> Metrics.Timer {
            let key = Key(method: method, route: route, status: status)
            return timers.withLock { timers in
                if let timer = timers[key] { return timer }
                let timer = Metrics.Timer(
                    label: "almanac_http_request",
                    dimensions: [("method", method), ("route", route), ("status", String(status))]
                )
                timers[key] = timer
                return timer
            }
        }
    }

    static let requestIDHeader = headerName("X-Request-Id")
    static let traceParentHeader = headerName("traceparent")

    private let timers = Timers()
    private let requestIDs: RequestIDs

    init(ids: IDGenerator) { requestIDs = RequestIDs(ids) }

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let started = SystemClock.monotonic()
        var context = context
        let given = request.headers[Self.requestIDHeader]
        context.requestID = given.flatMap { Self.isSane($0) ? $0 : nil } ?? requestIDs.next()
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            let problem = Problem(error)
            if problem.status.code >= 500 {
                var metadata: Logger.Metadata = [
                    "request_id": "\(context.requestID)", "status": "\(problem.status.code)",
                    "code": "\(problem.code)", "cause": "\(Self.cause(error))",
                ]
                if let parent = request.headers[Self.traceParentHeader], Self.isSane(parent) {
                    metadata["traceparent"] = "\(parent)"
                }
                context.logger.log(
                    level: problem.status == .serviceUnavailable ? .warning : .error, "request failed",
                    metadata: metadata
                )
            }
            response = problem.response(requestID: context.requestID)
        }
        // Whatever went wrong, an answer to HEAD has no body (RFC 9110 §9.3.2).
        if request.method == .head { response = response.createHeadResponse() }
        response.headers[Self.requestIDHeader] = context.requestID
        timers.timer(
            Self.knownMethod(request.method), context.endpointPath ?? "none", response.status.code
        ).recordNanoseconds(Int64(SystemClock.monotonic() - started))
        return response
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

    private static func knownMethod(_ method: HTTPRequest.Method) -> String {
        switch method {
        case .get, .post, .put, .patch, .delete, .head, .options: method.rawValue
        default: "other"
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
