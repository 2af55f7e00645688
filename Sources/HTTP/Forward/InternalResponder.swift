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
            var problem = Problem(.forbidden, "forbidden", "This address is for other nodes only.")
            problem.headers[InternalHeaders.moving] = "1"
            return problem.response(requestID: "")
        }
        var context = context
        context.isForwarded = true
        var response = try await router.respond(to: request, context: context)
        response.headers[InternalHeaders.answered] = "1"
        return response
    }
}

/// What nodes say to each other beside the request.
enum InternalHeaders {
    static let secret = headerName("X-Almanac-Internal")
    /// On an answer: it is the node's, to what another node has sent on.
    static let answered = headerName("X-Almanac-Answered")
    /// On an answer: the request was not carried out, the shard is not this node's.
    static let moving = headerName("X-Almanac-Moving")

    /// Whether a header is one that nodes use among themselves: a client neither says it nor hears it.
    static func contains(_ name: String) -> Bool { name.utf8.starts(with: "x-almanac-".utf8) }
}
