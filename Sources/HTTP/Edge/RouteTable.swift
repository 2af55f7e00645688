import HTTPTypes
import Hummingbird

/// Every route there is, by path: knows which methods a path has, so that the others answer 405 and not 404.
final class RouteTable {
    typealias Handler = @Sendable (Request, APIContext) async throws -> Response

    private static let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options, .trace]
    private var handlers: [(path: String, methods: [(HTTPRequest.Method, Handler)])] = []
    private let forwarder: Forwarder?

    /// - Parameter forwarder: brings requests to the node that has to answer them; nil where there is one node only.
    init(forwarder: Forwarder? = nil) { self.forwarder = forwarder }

    func get(_ path: String, at place: RoutePlace = .owner, _ handler: @escaping Handler) {
        add(.get, path, place, handler)
    }

    func post(_ path: String, at place: RoutePlace = .owner, _ handler: @escaping Handler) {
        add(.post, path, place, handler)
    }

    func put(_ path: String, at place: RoutePlace = .owner, _ handler: @escaping Handler) {
        add(.put, path, place, handler)
    }

    func patch(_ path: String, at place: RoutePlace = .owner, _ handler: @escaping Handler) {
        add(.patch, path, place, handler)
    }

    func delete(_ path: String, at place: RoutePlace = .owner, _ handler: @escaping Handler) {
        add(.delete, path, place, handler)
    }

    private func add(_ method: HTTPRequest.Method, _ path: String, _ place: RoutePlace, _ local: @escaping Handler) {
        var handler = local
        if let forwarder, place != .anywhere {
            handler = { request, context in try await forwarder.answer(request, context, at: place, local) }
        }
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
            if names.contains(.get) { names.append(.head) }
            let allow = names.map(\.rawValue).joined(separator: ", ")
            for method in Self.methods where !names.contains(method) {
                router.on(RouterPath(path), method: method) { _, _ -> Response in
                    var problem = Problem(
                        .methodNotAllowed, "method_not_allowed", "This address has no \(method.rawValue)."
                    )
                    problem.headers[.allow] = allow
                    throw problem
                }
            }
        }
    }
}
