public import SQL
public import JSON
import AlmanacRuntime
public import Scheduling

/// Why a command was not carried out.
public enum CommandError: Error, Sendable {
    /// No such thing exists for this tenant. `pointer` is the field of the body that named it, if there is one.
    case notFound(what: String, pointer: String?)
    case refused(Refusal)
    case invalid(ValidationError)
    case preconditionFailed
    case slugTaken
    /// The caller may see the calendar, but the command needs a higher permission.
    case insufficientPermission(Permission)
    /// It conflicts with something that exists already.
    case conflict(ResourceConflict)
    /// The calendar has this many appointments that are not over.
    case hasAppointments(Int)
    /// A credential or a tenant has reached a limit.
    case tooMany(QuotaExceeded)
    /// The credential grants a scope that it lacks.
    case missingScope(Scope)
    /// Without this key, nobody could create another one.
    case lastAdminKey
    case idempotencyInProgress
    case idempotencyKeyReused
    /// Other changes of the calendar kept coming first.
    case contended
    case overloaded
    case draining
    case outcomeUnknown
    case unavailable(StoreError)
    /// The actor was retired while the command waited: try again.
    case retired
    /// Another node owns the organization's shard, or the shard is changing hands.
    case shardMoving
}

extension CommandError {
    /// Whether the same may succeed a little later.
    public var isPassing: Bool {
        switch self {
        case .overloaded, .contended, .retired, .draining, .unavailable, .outcomeUnknown, .idempotencyInProgress,
            .shardMoving:
            true
        case .notFound, .refused, .invalid, .preconditionFailed, .slugTaken, .idempotencyKeyReused,
            .insufficientPermission, .conflict, .hasAppointments, .tooMany, .missingScope, .lastAdminKey:
            false
        }
    }
}
