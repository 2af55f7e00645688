import Scheduling

/// A unit on its way, as the pool's state knows it.
struct UnitEntry<Payload: Sendable>: Sendable {
    let id: UInt64
    let payload: Payload
    let access: PostgresUnit.Access
    /// The one connection it may run on.
    let pin: Int?
    /// When its caller stops waiting.
    let deadline: UInt64
    /// Whether it is tried also while the server seems to be away.
    var isVital = false
    /// Whether it was sent once already, on a connection that was lost.
    var isSecondTry = false
}

/// Why the pool answers a unit itself. Whether the unit may have run is the first question of each case.
enum PoolFailure: Sendable, Hashable {
    /// Never sent: no room, shutting down, its task is gone, or its time passed in the queue.
    case full, closed, cancelled
    /// Never sent: the server does not answer.
    case down
    /// Never sent: no connection can be made, and why the last attempt failed.
    case unreachable(because: ExactText?)
    case late(isConnected: Bool)
    /// Sent, and not answered by the deadline, or at all.
    case overdue(PostgresUnit.Access)
    case lost(PostgresUnit.Access)
}
