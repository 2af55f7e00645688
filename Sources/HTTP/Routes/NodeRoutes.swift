import JSON
import AlmanacRuntime
import Foundation
import HTTPTypes
import Hummingbird
import Scheduling

/// `/platform/nodes`: who serves, and how much of it.
struct NodeRoutes {
    let api: API

    func register(on routes: RouteTable) {
        routes.get("/api/v1/platform/nodes", at: .anywhere, list)
        routes.post("/api/v1/platform/nodes/{id}/drain", at: .anywhere, drain)
    }

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        try api.authenticator.requireOperator(request)
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("data")
        writer.beginArray()
        for node in try await api.nodes.all() { node.write(to: &writer) }
        writer.endArray()
        writer.field("next_cursor", nil as String?)
        writer.endObject()
        return Answer.json(writer.bytes)
    }

    func drain(_ request: Request, _ context: APIContext) async throws -> Response {
        try api.authenticator.requireOperator(request)
        let id = (context.parameters.get("id")?.removingPercentEncoding ?? "").exact
        let nodes = try await api.nodes.all()
        guard var node = nodes.first(where: { $0.id.exact == id }) else { throw Problem.notFound("node") }
        guard nodes.contains(where: { $0.id.exact != id && $0.state == .active }) else {
            throw Problem(.conflict, "last_node", "There is no other node that could take its shards.")
        }
        guard try await api.nodes.drain(node.id) else { throw Problem.notFound("node") }
        if node.state == .active { node.state = .draining }
        var writer = JSONWriter()
        node.write(to: &writer)
        return Answer.json(writer.bytes, status: .accepted)
    }
}
