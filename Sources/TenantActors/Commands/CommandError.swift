public import SQL
public import JSON
import AlmanacRuntime
public import Scheduling

/// Why a command was not carried out.
public enum CommandError: Error, Sendable {
    /// No such thing, or not this tenant's. `pointer` names the field of the body that named it, if one did.
    case notFound(what: String, pointer: String?)
    case refused(Refusal)
    case invalid(ValidationError)
    case preconditionFailed
    case slugTaken
    /// The calendar may be seen, and this needs more.
    case insufficientPermission(Permission)
    /// It cannot be beside what there is already.
    case conflict(ResourceConflict)
    /// The calendar has so many appointments that are not over.
    case hasAppointments(Int)
    /// A credential, or a tenant, has as much of something as it may have.
    case tooMany(QuotaExceeded)
    /// The credential wants to hand on what it does not have.
    case missingScope(Scope)
    /// Without this key nobody could make another.
    case lastAdminKey
    case idempotencyInProgress
    case idempotencyKeyReused
    /// The calendar changed under the command again and again.
    case contended
    case overloaded
    case draining
    case outcomeUnknown
    case unavailable(StoreError)
    /// The actor was taken out of service while the command waited: ask again.
    case retired
    /// The organization's shard is not this node's, or is changing hands.
    case shardMoving
}
