import AlmanacRuntime
import HTTPTypes
import Hummingbird

/// Which pages may read answers (Fetch §3.2): every page what is public, those of the configured origins the rest.
///
/// No cookie and no other credential of the browser's own counts here, so `Access-Control-Allow-Credentials` is never said.
struct CrossOrigin: Sendable {
    private static let publicPrefix = "/api/v1/public/"
    private static let exposed = """
        ETag, Location, Retry-After, RateLimit, RateLimit-Policy, Idempotent-Replayed, X-Request-Id, WWW-Authenticate, Allow
        """
    private static let allowed = """
        Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, X-Request-Id, traceparent
        """

    private static let origin = headerName("Origin")
    private static let requestMethod = headerName("Access-Control-Request-Method")
    private static let allowOrigin = headerName("Access-Control-Allow-Origin")
    private static let allowMethods = headerName("Access-Control-Allow-Methods")
    private static let allowHeaders = headerName("Access-Control-Allow-Headers")
    private static let exposeHeaders = headerName("Access-Control-Expose-Headers")
    private static let maxAge = headerName("Access-Control-Max-Age")

    private let origins: Origins

    init(_ origins: Origins) { self.origins = origins }

    func apply(_ request: Request, to response: inout Response) {
        let allowed = request.uri.path.utf8.starts(with: Self.publicPrefix.utf8) ? .every : origins
        guard !allowed.isEmpty else { return }
        if allowed.isEvery {
            response.headers[Self.allowOrigin] = "*"
        } else {
            response.headers.vary("Origin")
            guard let origin = request.headers[Self.origin], allowed.contains(origin) else { return }
            response.headers[Self.allowOrigin] = origin
        }
        guard request.headers[Self.origin] != nil else { return }
        if request.method == .options, request.headers[Self.requestMethod] != nil {
            response.headers[Self.allowMethods] = response.headers[.allow]
            response.headers[Self.allowHeaders] = Self.allowed
            response.headers[Self.maxAge] = "7200"
        } else {
            response.headers[Self.exposeHeaders] = Self.exposed
        }
    }
}
