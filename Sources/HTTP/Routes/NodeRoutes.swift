import JSON
import AlmanacRuntime
import Foundation
import Hummingbird
import Scheduling

/// `/platform/nodes`: the nodes of the installation.
enum NodeRoutes {
    private static let collection = "/api/v1/platform/nodes"

    static let table = [
        Route(.get, collection, .operator, list),
        Route(.post, "\(collection)/{id}/drain", .operator, drain),
    ]

    static func list(_ call: Call) async throws -> Response {
        .list(try await call.api.nodes.all()) { $0.write(to: &$1) }
    }

    static func drain(_ call: Call) async throws -> Response {
        let nodes = call.api.nodes
        let id = (call.context.parameters.get("id")?.removingPercentEncoding ?? "").exact
        let all = try await nodes.all()
        var node = try all.first { $0.id.exact == id }.found(as: "node")
        guard all.contains(where: { $0.id.exact != id && $0.state == .active }) else {
            throw Problem(.conflict, "last_node", "There is no other node that could take its shards.")
        }
        guard try await nodes.drain(node.id) else { throw Problem.notFound("node") }
        if node.state == .active { node.state = .draining }
        var writer = JSONWriter()
        node.write(to: &writer)
        return .json(writer.bytes, status: .accepted)
    }
}
