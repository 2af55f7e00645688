public import JSON
import AlmanacRuntime
import SQL
import Scheduling

/// The code and the sentences of an error: the same over HTTP and in the live feed.
public struct ErrorWords: Sendable {
    /// Stable and snake_case: what programs go by.
    public let code: String
    public let detail: String
    public let errors: [FieldError]

    public init(_ code: String, _ detail: String, _ errors: [FieldError] = []) {
        self.code = code
        self.detail = detail
        self.errors = errors
    }

    /// The words for fields that are not valid.
    public static func validation(_ errors: [FieldError]) -> ErrorWords {
        if errors.contains(where: { $0.code.exact == "too_costly" }) {
            let detail = "The rules are more work together than those of one calendar may be."
            return ErrorWords("too_costly", detail, errors)
        }
        let detail = errors.count == 1 ? "One field is not valid." : "\(errors.count) fields are not valid."
        return ErrorWords("validation_failed", detail, errors)
    }
}

extension CommandError {
    public var words: ErrorWords {
        switch self {
        case .notFound(let what, let pointer):
            ErrorWords(
                "not_found", "There is no such \(what).",
                pointer.map { [FieldError(pointer: $0, code: "not_found", message: "must name an existing \(what)")] }
                    ?? []
            )
        case .invalid(let error): .validation(error.errors)
        case .refused(let refusal): refusal.words
        case .preconditionFailed: ErrorWords("precondition_failed", "The resource has changed since this version.")
        case .slugTaken:
            ErrorWords(
                "slug_taken", "Another one has this slug.",
                [FieldError(pointer: "/slug", code: "taken", message: "must be unique")]
            )
        case .insufficientPermission(let permission):
            ErrorWords(
                "insufficient_permission", "This needs the permission \(permission.name) on the calendar."
            )
        case .conflict(let conflict):
            ErrorWords(conflict.code, conflict.detail, conflict.error.map { [$0] } ?? [])
        case .hasAppointments(let count):
            ErrorWords(
                "has_appointments",
                "The calendar has \(count == 1 ? "one appointment that is" : "\(count) appointments that are") not over. "
                    + "Say what becomes of them: appointments=cancel or appointments=keep."
            )
        case .tooMany(let quota): ErrorWords(quota.code, quota.detail)
        case .missingScope(let scope):
            ErrorWords("insufficient_scope", "A credential hands on no scope that it lacks: \(scope.rawValue).")
        case .lastAdminKey:
            ErrorWords(
                "last_admin_key", "This is the last key in force with the scope admin. Make another one first."
            )
        case .idempotencyInProgress:
            ErrorWords("idempotency_in_progress", "The first request with this key is still running.")
        case .idempotencyKeyReused:
            ErrorWords(
                "idempotency_key_reused", "This key was used with another body.",
                [FieldError(pointer: "/Idempotency-Key", code: "reused", message: "must be used with one body only")]
            )
        case .contended, .retired: ErrorWords("overloaded", "Too many changes at once. Try again.")
        case .overloaded: ErrorWords("overloaded", "More work is waiting than this server takes on. Try again.")
        case .draining: ErrorWords("draining", "The server is shutting down. Try again.")
        case .outcomeUnknown:
            ErrorWords(
                "outcome_unknown",
                "It is not known whether this was carried out. Ask again with the same Idempotency-Key."
            )
        case .shardMoving: ErrorWords("shard_moving", "This organization is moving to another node. Try again.")
        case .unavailable(let error):
            switch error.code {
            case .fenced: CommandError.shardMoving.words
            case .corrupt, .statement: ErrorWords("internal_error", "Something went wrong on our side.")
            default: ErrorWords("store_unavailable", "The database does not answer. Try again.")
            }
        }
    }
}

extension Refusal {
    fileprivate var words: ErrorWords {
        switch self {
        case .slotUnavailable(let reasons, _):
            ErrorWords("slot_unavailable", reasons.first?.detail ?? "The time is not offered.")
        case .durationNotAllowed(let allowed):
            .validation([
                FieldError(
                    pointer: "/duration_minutes", code: "duration_not_allowed",
                    message: "must be one of \(allowed.map(String.init).joined(separator: ", "))"
                )
            ])
        case .holdExpired: ErrorWords("hold_expired", "The hold has ended. Choose a time again.")
        case .holdMismatch(let held):
            .validation([
                FieldError(
                    pointer: "/starts_at", code: "hold_mismatch",
                    message: "must be the held time, \(held.start.rfc3339) to \(held.end.rfc3339)"
                )
            ])
        case .holdBusy: ErrorWords("hold_in_use", "Another request is using this hold.")
        case .cancellationWindowClosed(let until):
            ErrorWords("cancellation_window_closed", "It could be cancelled until \(until.rfc3339).")
        case .invalidTransition(let from, let to):
            ErrorWords(
                "invalid_transition", "An appointment that is \(from.rawValue) cannot become \(to.rawValue)."
            )
        }
    }
}
