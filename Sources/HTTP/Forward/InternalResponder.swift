import AlmanacRuntime
import HTTPTypes
public import Hummingbird
import Scheduling

/// Answers requests that other nodes forward, and no others.
public struct InternalResponder<Router: HTTPResponder>: HTTPResponder where Router.Context == APIContext {
    public typealias Context = APIContext

    private let router: Router
    private let hash: [UInt8]

    /// - Parameter secret: the secret that all nodes of the installation know.
    public init(router: Router, secret: String) {
        self.router = router
        hash = Secrets.digest(secret.utf8)
    }

    public func respond(to request: Request, context: APIContext) async throws -> Response {
        // Comparing hashes keeps the time of the comparison independent of the secret.
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
