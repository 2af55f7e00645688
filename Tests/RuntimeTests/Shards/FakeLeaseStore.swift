@testable import Connecting
@testable import SQL
import Scheduling
import Synchronization

@testable import AlmanacRuntime

/// Nodes and leases as the database keeps them, by a clock that tests move; answers can get lost.
final class FakeLeaseStore: LeaseStore {
    struct Row {
        var owner: String?
        var incarnation: ID?
        var epoch: Int64 = 0
        var end: UInt64 = 0
    }

    struct State {
        var now: UInt64 = 1_000_000_000_000
        var nodes: [String: LeaseView.Node] = [:]
        var seen: [String: UInt64] = [:]
        var rows = [Row](repeating: Row(), count: Shard.count)
        var disconnected: [ID] = []
        /// Shards that a transaction keeps locked.
        var locked: Set<Int> = []
        /// What becomes of the next calls.
        var faults: [Fault] = []
    }

    enum Fault { case none, refused, answerLost }

    let state = Mutex(State())

    var now: UInt64 { state.withLock { $0.now } }

    func advance(milliseconds: UInt64) { state.withLock { $0.now += milliseconds * 1_000_000 } }

    private func perform<T>(_ body: (inout State) -> T) throws(StoreError) -> T {
        let (fault, value): (Fault, T?) = state.withLock { state in
            let fault = state.faults.isEmpty ? .none : state.faults.removeFirst()
            return (fault, fault == .refused ? nil : body(&state))
        }
        guard fault == .none, let value else { throw StoreError(.unavailable, "injected") }
        return value
    }

    func join(_ node: NodeIdentity, taking ended: [ID], lease: Duration) throws(StoreError) {
        try perform { state in
            state.nodes[node.id] = LeaseView.Node(
                id: node.id, incarnation: node.incarnation, url: node.url, startedAt: Instant(seconds: 0),
                seenAt: Instant(seconds: 0), silentFor: 0
            )
            state.seen[node.id] = state.now
            for number in state.rows.indices
            where state.rows[number].owner == node.id || state.rows[number].incarnation.map(ended.contains) == true {
                state.rows[number] = Row(
                    owner: node.id, incarnation: node.incarnation, epoch: state.rows[number].epoch + 1,
                    end: state.now + lease.nanoseconds
                )
            }
        }
    }

    func view() throws(StoreError) -> LeaseView { try perform(Self.view) }

    private static func view(_ state: inout State) -> LeaseView {
        let now = state.now
        return LeaseView(
            nodes: state.nodes.values.sorted { $0.id < $1.id }.map { node in
                var node = node
                node.silentFor = Int64((now - (state.seen[node.id] ?? 0)) / 1_000_000)
                return node
            },
            leases: state.rows.enumerated().compactMap { number, row in
                Shard(number).map {
                    LeaseView.Lease(
                        shard: $0, owner: row.owner, incarnation: row.incarnation, epoch: row.epoch,
                        remaining: (Int64(row.end) - Int64(now)) / 1_000_000
                    )
                }
            }
        )
    }

    func beat(_ node: NodeIdentity, lease: Duration) throws(StoreError) -> LeaseBeat {
        try perform { state in
            guard let known = state.nodes[node.id], known.incarnation == node.incarnation else { return .superseded }
            state.seen[node.id] = state.now
            var held: [Tenure] = []
            for number in state.rows.indices where state.rows[number].incarnation == node.incarnation {
                state.rows[number].end = state.now + lease.nanoseconds
                if let shard = Shard(number) { held.append(Tenure(shard: shard, epoch: state.rows[number].epoch)) }
            }
            return .alive(held: held, isDraining: known.isDraining, Self.view(&state))
        }
    }

    func claim(_ shards: [Shard], for node: NodeIdentity, lease: Duration) throws(StoreError) -> [Tenure] {
        try perform { state in
            shards.compactMap { shard in
                let row = state.rows[shard.number]
                guard row.owner == nil || row.end <= state.now, !state.locked.contains(shard.number) else { return nil }
                state.rows[shard.number] = Row(
                    owner: node.id, incarnation: node.incarnation, epoch: row.epoch + 1,
                    end: state.now + lease.nanoseconds
                )
                return Tenure(shard: shard, epoch: row.epoch + 1)
            }
        }
    }

    func release(_ shards: [Shard], of node: NodeIdentity) throws(StoreError) {
        try perform { state in
            for shard in shards where state.rows[shard.number].incarnation == node.incarnation {
                state.rows[shard.number].owner = nil
                state.rows[shard.number].incarnation = nil
            }
        }
    }

    func disconnect(_ incarnation: ID) throws(StoreError) {
        try perform { state in
            state.disconnected.append(incarnation)
            state.locked = []
        }
    }

    func drain(_ id: String) throws(StoreError) -> Bool {
        try perform {
            $0.nodes[id]?.isDraining = true; return $0.nodes[id] != nil
        }
    }

    func leave(_ node: NodeIdentity) throws(StoreError) {
        try perform { state in
            for number in state.rows.indices where state.rows[number].incarnation == node.incarnation {
                state.rows[number].owner = nil
                state.rows[number].incarnation = nil
            }
            if state.nodes[node.id]?.incarnation == node.incarnation { state.nodes[node.id] = nil }
        }
    }
}
