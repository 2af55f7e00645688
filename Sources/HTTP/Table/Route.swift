import HTTPTypes
import Hummingbird

/// One line of a table: method, path, required credential, input and handler of a route.
///
/// Every request passes the same checks in the same order: the names in its query, its credential, the ids in its path,
/// its body. Then the handler runs, and the table turns its result or its error into the response.
struct Route: Sendable {
    let method: HTTPRequest.Method
    let path: String
    let admission: Admission
    let node: AnsweringNode
    let query: QueryRule
    let answer: @Sendable (Call) async throws -> Response

    /// - Parameters:
    ///   - node: by default the organization's owner if the route needs a scope, else any node.
    ///   - noun: what a 404 calls the resource with `{id}`; nil if the handler reads the id, or if there is none.
    ///   - item: the same for the parameter after `{id}`.
    init<A: Answering>(
        _ method: HTTPRequest.Method, _ path: String, _ admission: Admission, at node: AnsweringNode? = nil,
        query: QueryRule = .none, of noun: String? = nil, item: String? = nil,
        _ handler: @escaping @Sendable (Call) async throws -> A
    ) {
        self.method = method
        self.path = path
        self.admission = admission
        self.query = query
        if case .scope = admission { self.node = node ?? .owner } else { self.node = node ?? .anywhere }
        let names = path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
        let nouns = zip(names, [noun, item]).compactMap { name, noun in noun.map { (name, $0) } }
        answer = { call in
            var call = call
            call.ids = try nouns.map { name, noun in try call.id(noun, name) }
            return try await handler(call).response(to: call)
        }
    }

    /// A route that reads a body.
    init<Input, A: Answering>(
        _ method: HTTPRequest.Method, _ path: String, _ admission: Admission, at node: AnsweringNode? = nil,
        query: QueryRule = .none, of noun: String? = nil, item: String? = nil, _ body: Body<Input>,
        _ handler: @escaping @Sendable (Call, Input) async throws -> A
    ) {
        self.init(method, path, admission, at: node, query: query, of: noun, item: item) { call in
            var call = call
            let input = try await body.read(&call)
            return try await handler(call, input).response(to: call)
        }
    }

    /// A route that answers 204.
    init(
        _ method: HTTPRequest.Method, _ path: String, _ admission: Admission, at node: AnsweringNode? = nil,
        query: QueryRule = .none, of noun: String? = nil, item: String? = nil,
        _ handler: @escaping @Sendable (Call) async throws -> Void
    ) {
        self.init(method, path, admission, at: node, query: query, of: noun, item: item) { call in
            try await handler(call)
            return Response(status: .noContent)
        }
    }
}
