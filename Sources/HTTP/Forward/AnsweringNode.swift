/// Which node answers a route.
enum AnsweringNode: Sendable {
    /// The node that got the request: it needs no actor, or every node has the same answer.
    case anywhere
    /// The node that owns the shard of the credential's organization.
    case owner
    /// The node that owns the shard of the organization in the path.
    case ownerOfPath
}
