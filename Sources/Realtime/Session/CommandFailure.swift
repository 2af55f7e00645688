import JSON
import SQL
import AlmanacRuntime
import NIOCore
import Scheduling
import TenantActors

/// Why a command was not carried out, as `{"op":"error",…}`. The codes are those of HTTP's problem documents.
struct CommandFailure: Error {
    /// The subscription's id as a JSON string, if the command named one.
    var id: [UInt8]?
    let code: String
    let detail: String
    var errors: [FieldError] = []

    init(_ code: String, _ detail: String, id: [UInt8]? = nil) {
        self.id = id
        self.code = code
        self.detail = detail
    }

    static func validation(_ errors: [FieldError], id: [UInt8]? = nil) -> CommandFailure {
        let detail = errors.count == 1 ? "One field is not valid." : "\(errors.count) fields are not valid."
        var failure = CommandFailure("validation_failed", detail, id: id)
        failure.errors = errors
        return failure
    }

    init(_ error: CommandError, id: [UInt8]?) {
        switch error {
        case .notFound(let what, let pointer):
            self.init("not_found", "There is no such \(what).", id: id)
            if let pointer {
                errors = [FieldError(pointer: pointer, code: "not_found", message: "must name an existing \(what)")]
            }
        case .insufficientPermission(let permission):
            self.init(
                "insufficient_permission", "This needs the permission \(permission.name) on the calendar.", id: id
            )
        case .invalid(let error): self = .validation(error.errors, id: id)
        case .refused(.durationNotAllowed(allowed: let allowed)):
            let names = allowed.map(String.init).joined(separator: ", ")
            self = .validation(
                [
                    FieldError(
                        pointer: "/duration_minutes", code: "duration_not_allowed", message: "must be one of \(names)"
                    )
                ], id: id
            )
        case .overloaded, .contended, .retired:
            self.init("overloaded", "More work is waiting than this server takes on. Try again.", id: id)
        case .draining: self.init("draining", "The server is shutting down. Try again.", id: id)
        case .shardMoving:
            self.init("shard_moving", "This organization is moving to another node. Try again.", id: id)
        case .unavailable(let error) where error.code != .corrupt && error.code != .statement:
            self.init("store_unavailable", "The database does not answer. Try again.", id: id)
        case .unavailable, .refused, .preconditionFailed, .slugTaken, .conflict, .idempotencyInProgress,
            .idempotencyKeyReused, .hasAppointments, .tooMany, .missingScope, .lastAdminKey, .outcomeUnknown:
            self.init("internal_error", "Something went wrong on our side.", id: id)
        }
    }

    var message: SocketMessage {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("op", "error")
        if let id {
            writer.key("id")
            writer.raw(id)
        }
        writer.field("code", code)
        writer.field("detail", detail)
        if !errors.isEmpty {
            writer.key("errors")
            writer.beginArray()
            for error in errors {
                writer.beginObject()
                writer.field("pointer", error.pointer)
                writer.field("code", error.code)
                writer.field("message", error.message)
                writer.endObject()
            }
            writer.endArray()
        }
        writer.endObject()
        return .text(ByteBuffer(bytes: writer.bytes))
    }
}
