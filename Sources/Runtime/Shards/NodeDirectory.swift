public import JSON
public import SQL
import Connecting
public import Scheduling

/// The nodes of an installation, for its operators.
public protocol NodeDirectory: Sendable {
    func all() async throws(StoreError) -> [NodeStatus]

    /// Asks a node to hand over its shards. False if there is no such node.
    func drain(_ id: String) async throws(StoreError) -> Bool
}

/// The state of a node.
public struct NodeStatus: Sendable, JSONWritable {
    public enum State: String, Sendable {
        case active
        /// It hands over its shards, or has none left; it still forwards requests.
        case draining
        /// It was silent for longer than a lease.
        case gone
    }

    public var id: String
    public var url: String
    public var state: State
    public var shards: Int
    public var startedAt: Instant
    public var seenAt: Instant

    public init(id: String, url: String, state: State, shards: Int, startedAt: Instant, seenAt: Instant) {
        self.id = id
        self.url = url
        self.state = state
        self.shards = shards
        self.startedAt = startedAt
        self.seenAt = seenAt
    }

    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("id", id)
        writer.field("url", url.isEmpty ? nil : url)
        writer.field("state", state.rawValue)
        writer.field("shards", shards)
        writer.field("started_at", startedAt.rfc3339)
        writer.field("last_seen_at", seenAt.rfc3339)
        writer.endObject()
    }
}

/// Only this node.
public struct SingleNode: NodeDirectory {
    private let id: String
    private let startedAt: Instant
    private let clock: any WallClock

    public init(id: String, clock: any WallClock) {
        self.id = id
        self.clock = clock
        startedAt = clock.now()
    }

    public func all() -> [NodeStatus] {
        [
            NodeStatus(
                id: id, url: "", state: .active, shards: Shard.count, startedAt: startedAt, seenAt: clock.now()
            )
        ]
    }

    public func drain(_ id: String) -> Bool { false }
}

extension ShardLeases: NodeDirectory {
    public func all() async throws(StoreError) -> [NodeStatus] {
        let view = try await view()
        var counts: [String: Int] = [:]
        for lease in view.leases where !lease.isFree { counts[lease.owner ?? "", default: 0] += 1 }
        return view.nodes.map { node in
            NodeStatus(
                id: node.id, url: node.url, state: state(of: node), shards: counts[node.id] ?? 0,
                startedAt: node.startedAt, seenAt: node.seenAt
            )
        }
    }

    private func state(of node: LeaseView.Node) -> NodeStatus.State {
        if node.silentFor >= Int64(lease.milliseconds) { return .gone }
        return node.isDraining ? .draining : .active
    }
}
