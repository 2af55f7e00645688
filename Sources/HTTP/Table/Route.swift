import HTTPTypes
import Hummingbird

/// One line of a table: a method of a path, whom it answers, what it reads, and what answers.
///
/// The order is the same for all: the query's names, the credential, the ids in the path, the body, the handler.
struct Route: Sendable {
    let method: HTTPRequest.Method
    let path: String
    let admission: Admission
    let node: AnsweringNode
    let query: QueryRule
    let answer: @Sendable (Call) async throws -> Response

    /// - Parameters:
    ///   - node: the owner for those who show a credential, any for the rest, unless it says otherwise.
    ///   - noun: what `{id}` names, for a 404. Left out where the handler reads it later, or there is none.
    ///   - item: what the parameter after `{id}` names.
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

    /// One that reads a body.
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

    /// One that answers with nothing but its success.
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
