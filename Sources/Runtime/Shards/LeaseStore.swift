public import SQL
public import Scheduling

/// The store of nodes and leases: one clock and one order for all nodes.
public protocol LeaseStore: Sendable {
    /// Adds this node under its new incarnation, and at once takes back, under new epochs, the shards of its earlier
    /// life and of `ended`.
    func join(_ node: NodeIdentity, taking ended: [ID], lease: Duration) async throws(StoreError)

    /// All nodes and leases. Writes nothing.
    func view() async throws(StoreError) -> LeaseView

    /// Reports that this node lives, renews its leases, and returns the state of all.
    func beat(_ node: NodeIdentity, lease: Duration) async throws(StoreError) -> LeaseBeat

    /// Takes the free ones among the shards, under new epochs.
    func claim(_ shards: [Shard], for node: NodeIdentity, lease: Duration) async throws(StoreError) -> [Tenure]

    /// Releases shards.
    func release(_ shards: [Shard], of node: NodeIdentity) async throws(StoreError)

    /// Ends the database connections of a dead or stopped incarnation, which releases its locks.
    func disconnect(_ incarnation: ID) async throws(StoreError)

    /// Asks a node to hand over its shards. False if there is no such node.
    func drain(_ id: String) async throws(StoreError) -> Bool

    /// Releases everything and removes this node.
    func leave(_ node: NodeIdentity) async throws(StoreError)
}

/// The result of a beat.
public enum LeaseBeat: Sendable, Hashable {
    /// The renewed tenures of this incarnation, and the state of all nodes.
    case alive(held: [Tenure], isDraining: Bool, LeaseView)
    /// Another process has joined under this node's id.
    case superseded
}
