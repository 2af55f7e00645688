public import SQL
public import Scheduling

/// Where nodes and leases are kept: one clock and one order for all nodes.
public protocol LeaseStore: Sendable {
    /// Puts this node on the list, under its new incarnation, and takes back at once, under new epochs, what its
    /// earlier life had and what `ended` had.
    func join(_ node: NodeIdentity, taking ended: [ID], lease: Duration) async throws(StoreError)

    /// Who there is and who has what. Writes nothing.
    func view() async throws(StoreError) -> LeaseView

    /// Says that this node lives, renews what it holds, and tells how things are.
    func beat(_ node: NodeIdentity, lease: Duration) async throws(StoreError) -> LeaseBeat

    /// Takes those of the shards that are free, under new epochs.
    func claim(_ shards: [Shard], for node: NodeIdentity, lease: Duration) async throws(StoreError) -> [Tenure]

    /// Gives shards up.
    func release(_ shards: [Shard], of node: NodeIdentity) async throws(StoreError)

    /// Ends what a dead or stopped incarnation still has open on the database, so that its locks go.
    func disconnect(_ incarnation: ID) async throws(StoreError)

    /// Asks a node to hand its shards over. False if there is no such node.
    func drain(_ id: String) async throws(StoreError) -> Bool

    /// Gives everything up and takes this node off the list.
    func leave(_ node: NodeIdentity) async throws(StoreError)
}

/// What a beat found.
public enum LeaseBeat: Sendable, Hashable {
    /// What this incarnation holds, renewed, and the whole picture.
    case alive(held: [Tenure], isDraining: Bool, LeaseView)
    /// Another process has joined under this node's id.
    case superseded
}
