import HTTPTypes
import Hummingbird
import TenantActors

/// All routes by path. A method that a path lacks is answered by 405 instead of 404, and OPTIONS lists the others.
struct RouteTable {
    /// TRACE stands for all unknown methods: the connection's guard renames them.
    private static let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .trace]
    private var handlers: [(path: String, methods: [(HTTPRequest.Method, APIContext.Handler)])] = []

    /// - Parameter forwarder: sends requests to the node that must answer them; nil if there is only one node.
    init(_ routes: [Route], api: API, forwarder: Forwarder? = nil) {
        for route in routes {
            let answer = (route.method, Self.handler(of: route, api, forwarder))
            if let index = handlers.firstIndex(where: { $0.path == route.path }) {
                handlers[index].methods.append(answer)
            } else {
                handlers.append((route.path, [answer]))
            }
        }
    }

    private static func handler(of route: Route, _ api: API, _ forwarder: Forwarder?) -> APIContext.Handler {
        let local: APIContext.Handler = { request, context in
            let principal = try await api.authenticator.principal(request, route.admission)
            var response = try await route.answer(
                Call(api: api, request: request, context: context, principal: principal, path: route.path)
            )
            // The answer to a change is not refused: it was made.
            if request.method == .get {
                response.body = try api.longAnswers.body(
                    response.body, for: principal.organizationID, on: context.eventLoop
                )
            }
            return response
        }
        return { request, context in
            let errors = route.query.errors(of: request)
            guard errors.isEmpty else {
                // A missing or invalid credential is reported first.
                _ = try await api.authenticator.identify(request, route.admission)
                throw Problem.query(errors)
            }
            guard let forwarder, route.node != .anywhere else { return try await local(request, context) }
            return try await forwarder.answer(request, context, at: route.node, local)
        }
    }

    /// Adds the routes to a router, and for each path the methods that it lacks.
    func install(on router: Router<APIContext>) {
        for (path, known) in handlers {
            for (method, handler) in known { router.on(RouterPath(path), method: method, use: handler) }
            var names = known.map(\.0)
            if let get = known.first(where: { $0.0 == .get })?.1 {
                names.append(.head)
                // Answered as GET. The edge removes the body once the headers are complete.
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
