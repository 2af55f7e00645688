import HTTPTypes
import Hummingbird

/// Every route there is, by path: knows which methods a path has, so that the others answer 405 and not 404 and OPTIONS
/// names them, and which parameters a query may have.
final class RouteTable {
    typealias Handler = @Sendable (Request, APIContext) async throws -> Response

    /// TRACE stands for every method that is not ours: the connection's guard renames them.
    private static let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .trace]
    private var handlers: [(path: String, methods: [(HTTPRequest.Method, Handler)])] = []
    private(set) var queries: [String: QueryRule] = [:]
    private let forwarder: Forwarder?
    private let authenticator: Authenticator

    /// - Parameter forwarder: brings requests to the node that has to answer them; nil where there is one node only.
    init(authenticator: Authenticator, forwarder: Forwarder? = nil) {
        self.authenticator = authenticator
        self.forwarder = forwarder
    }

    func get(
        _ path: String, at place: AnsweringNode = .owner, query: QueryRule = .none, _ handler: @escaping Handler
    ) { add(.get, path, place, query, handler) }

    func post(
        _ path: String, at place: AnsweringNode = .owner, query: QueryRule = .none, _ handler: @escaping Handler
    ) { add(.post, path, place, query, handler) }

    func put(
        _ path: String, at place: AnsweringNode = .owner, query: QueryRule = .none, _ handler: @escaping Handler
    ) { add(.put, path, place, query, handler) }

    func patch(
        _ path: String, at place: AnsweringNode = .owner, query: QueryRule = .none, _ handler: @escaping Handler
    ) { add(.patch, path, place, query, handler) }

    func delete(
        _ path: String, at place: AnsweringNode = .owner, query: QueryRule = .none, _ handler: @escaping Handler
    ) { add(.delete, path, place, query, handler) }

    private func add(
        _ method: HTTPRequest.Method, _ path: String, _ place: AnsweringNode, _ query: QueryRule,
        _ local: @escaping Handler
    ) {
        var answer = local
        if let forwarder, place != .anywhere {
            answer = { request, context in try await forwarder.answer(request, context, at: place, local) }
        }
        let handler: Handler = { [answer, authenticator] request, context in
            let errors = query.errors(of: request)
            guard errors.isEmpty else {
                // Who may not ask at all is told that first.
                try await authenticator.admit(request, to: path)
                throw Problem.query(errors)
            }
            return try await answer(request, context)
        }
        queries["\(method.rawValue) \(path)"] = query
        if let index = handlers.firstIndex(where: { $0.path == path }) {
            handlers[index].methods.append((method, handler))
        } else {
            handlers.append((path, [(method, handler)]))
        }
    }

    /// `GET /path` and so on.
    var names: [String] { handlers.flatMap { path, methods in methods.map { "\($0.0.rawValue) \(path)" } } }

    /// Puts the routes on a router, and for each path the methods it lacks.
    func install(on router: Router<APIContext>) {
        for (path, known) in handlers {
            for (method, handler) in known { router.on(RouterPath(path), method: method, use: handler) }
            var names = known.map(\.0)
            if let get = known.first(where: { $0.0 == .get })?.1 {
                names.append(.head)
                // Answered as GET: the edge leaves the body out when it knows all that the header says of it.
                router.on(RouterPath(path), method: .head) { request, context in
                    var head = request.head
                    head.method = .get
                    return try await get(Request(head: head, body: request.body), context)
                }
            }
            names.append(.options)
            let allow = names.map(\.rawValue).joined(separator: ", ")
            router.on(RouterPath(path), method: .options) { _, _ in
                Response(status: .noContent, headers: [.allow: allow])
            }
            for method in Self.methods where !names.contains(method) {
                router.on(RouterPath(path), method: method) { _, _ -> Response in
                    var problem = Problem(
                        .methodNotAllowed, "method_not_allowed", "This address does not take this method."
                    )
                    problem.headers[.allow] = allow
                    throw problem
                }
            }
        }
    }
}
