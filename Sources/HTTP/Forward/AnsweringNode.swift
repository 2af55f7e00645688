/// Which node answers a route.
enum AnsweringNode: Sendable {
    /// Whichever is asked: it needs no actor, or what it shows is the same everywhere.
    case anywhere
    /// The one that owns the shard of the credential's organization.
    case owner
    /// The one that owns the shard of the organization in the path.
    case ownerOfPath
}
