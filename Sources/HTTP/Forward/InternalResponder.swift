import AlmanacRuntime
import HTTPTypes
public import Hummingbird
import Scheduling

/// Answers what other nodes send on, and nobody else.
public struct InternalResponder<Router: HTTPResponder>: HTTPResponder where Router.Context == APIContext {
    public typealias Context = APIContext

    private let router: Router
    private let hash: [UInt8]

    /// - Parameter secret: what all nodes of the installation know.
    public init(router: Router, secret: String) {
        self.router = router
        hash = Secrets.digest(secret.utf8)
    }

    public func respond(to request: Request, context: APIContext) async throws -> Response {
        // Hashes are compared, so that how long it takes tells nothing about the secret.
        guard let given = request.headers[InternalHeaders.secret], Secrets.digest(given.utf8) == hash else {
            return Problem(.forbidden, "forbidden", "This address is for other nodes only.").response(requestID: "")
        }
        var context = context
        context.isForwarded = true
        return try await router.respond(to: request, context: context)
    }
}

/// What nodes say to each other beside the request.
enum InternalHeaders {
    static let secret = headerName("X-Almanac-Internal")
    /// On an answer: the request was not carried out, the shard is not this node's.
    static let moving = headerName("X-Almanac-Moving")
}
