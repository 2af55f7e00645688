import Scheduling

/// A unit in the pool's state.
struct UnitEntry<Payload: Sendable>: Sendable {
    let id: UInt64
    let payload: Payload
    let access: PostgresUnit.Access
    /// The only connection on which it may run.
    let pin: Int?
    /// When its caller stops waiting.
    let deadline: UInt64
    /// Whether to send it even while the server seems unreachable.
    var isVital = false
    /// Whether it was sent already, on a connection that was lost.
    var isSecondTry = false
}

/// Why the pool answers a unit itself. Each case first says whether the unit may have run.
enum PoolFailure: Sendable, Hashable {
    /// Never sent: no room, shutting down, its task was cancelled, or its deadline passed in the queue.
    case full, closed, cancelled
    /// Never sent: the server does not answer.
    case down
    /// Never sent: no connection can be made; why the last attempt failed.
    case unreachable(because: ExactText?)
    case late(isConnected: Bool)
    /// Sent, and not answered by the deadline, or at all.
    case overdue(PostgresUnit.Access)
    case lost(PostgresUnit.Access)
}
