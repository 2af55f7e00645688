import SQL
import JSON
import AlmanacRuntime
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import Scheduling
import TenantActors

/// The one place where errors become answers.
extension Problem {
    init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as CommandError: self.init(command: error)
        case let error as ValidationError: self = .validation(error.errors)
        case let error as JSONParseError:
            self.init(.badRequest, "malformed_json", error.message)
        case is NIOTooManyBytesError:
            self.init(.contentTooLarge, "body_too_large", "The body is larger than this server accepts.")
        case is BodyTimeout:
            self.init(.requestTimeout, "request_timeout", "The body did not come in time.")
        case is HTTPParserError:
            self.init(.badRequest, "malformed_request", "The body's framing is not valid HTTP/1.1.")
        case is CancellationError: self.init(command: .draining)
        case let error as any HTTPResponseError:
            let status = error.status
            self.init(status, status == .notFound ? "not_found" : "bad_request", "The request cannot be answered.")
            if status == .notFound { detail = "There is nothing at this address." }
        default:
            self.init(.internalServerError, "internal_error", "Something went wrong on our side.")
        }
    }

    init(command error: CommandError) {
        switch error {
        case .notFound(let what, let pointer): self = .notFound(what, pointer: pointer)
        case .invalid(let error): self = .validation(error.errors)
        case .refused(let refusal): self.init(refusal)
        case .preconditionFailed:
            self.init(.preconditionFailed, "precondition_failed", "The resource has changed since this version.")
        case .slugTaken:
            self.init(.conflict, "slug_taken", "Another one has this slug.")
            errors = [FieldError(pointer: "/slug", code: "taken", message: "must be unique")]
        case .insufficientPermission(let permission):
            self.init(
                .forbidden, "insufficient_permission",
                "This needs the permission \(permission.name) on the calendar."
            )
        case .conflict(let conflict):
            self.init(.conflict, conflict.code, conflict.detail)
            errors = conflict.error.map { [$0] } ?? []
        case .hasAppointments(let count):
            let them = count == 1 ? "one appointment that is" : "\(count) appointments that are"
            self.init(
                .conflict, "has_appointments",
                "The calendar has \(them) not over. Say what becomes of them: appointments=cancel or appointments=keep."
            )
            members = [("appointments", Array(String(count).utf8))]
        case .tooMany(let quota):
            self.init(.tooManyRequests, quota.code, quota.detail)
            headers[.retryAfter] = String(quota.retryAfterSeconds)
        case .missingScope(let scope):
            self = .insufficient(scope, "A credential hands on no scope that it lacks:")
        case .lastAdminKey:
            self.init(
                .conflict, "last_admin_key",
                "This is the last key in force with the scope admin. Make another one first."
            )
        case .idempotencyInProgress:
            self.init(.conflict, "idempotency_in_progress", "The first request with this key is still running.")
            headers[.retryAfter] = "1"
        case .idempotencyKeyReused:
            self.init(
                .unprocessableContent, "idempotency_key_reused", "This key was used with another body."
            )
            errors = [
                FieldError(pointer: "/Idempotency-Key", code: "reused", message: "must be used with one body only")
            ]
        case .contended, .retired:
            self.init(.serviceUnavailable, "overloaded", "Too many changes at once. Try again.")
        case .overloaded:
            self.init(.serviceUnavailable, "overloaded", "More work is waiting than this server takes on. Try again.")
        case .shardMoving: self = .shardMoving
        case .draining:
            self.init(.serviceUnavailable, "draining", "The server is shutting down. Try again.")
            headers[.retryAfter] = "5"
        case .outcomeUnknown:
            self.init(
                .serviceUnavailable, "outcome_unknown",
                "It is not known whether this was carried out. Ask again with the same Idempotency-Key."
            )
        case .unavailable(let error) where error.code == .fenced: self = .shardMoving
        case .unavailable(let error) where error.code == .corrupt || error.code == .statement:
            self.init(.internalServerError, "internal_error", "Something went wrong on our side.")
        case .unavailable:
            self.init(.serviceUnavailable, "store_unavailable", "The database does not answer. Try again.")
        }
    }

    init(_ refusal: Refusal) {
        switch refusal {
        case .slotUnavailable(let reasons, let alternatives):
            self.init(
                .conflict, "slot_unavailable", reasons.first?.detail ?? "The time is not offered."
            )
            members = [("reasons", RefusalJSON.reasons(reasons)), ("alternatives", RefusalJSON.spans(alternatives))]
        case .durationNotAllowed(let allowed):
            self = .validation([
                FieldError(
                    pointer: "/duration_minutes", code: "duration_not_allowed",
                    message: "must be one of \(allowed.map(String.init).joined(separator: ", "))"
                )
            ])
        case .holdExpired:
            self.init(.gone, "hold_expired", "The hold has ended. Choose a time again.")
        case .holdMismatch(let held):
            self = .validation([
                FieldError(
                    pointer: "/starts_at", code: "hold_mismatch",
                    message: "must be the held time, \(held.start.rfc3339) to \(held.end.rfc3339)"
                )
            ])
        case .holdBusy:
            self.init(.conflict, "hold_in_use", "Another request is using this hold.")
        case .cancellationWindowClosed(let until):
            self.init(
                .conflict, "cancellation_window_closed", "It could be cancelled until \(until.rfc3339)."
            )
        case .invalidTransition(let from, let to):
            self.init(
                .conflict, "invalid_transition", "An appointment that is \(from.rawValue) cannot become \(to.rawValue)."
            )
        }
    }
}

/// What a refused booking tells beyond the problem's own members.
enum RefusalJSON {
    static func reasons(_ reasons: [Reason]) -> [UInt8] {
        var writer = JSONWriter()
        ReasonWriter.write(reasons, to: &writer)
        return writer.bytes
    }

    static func spans(_ spans: [Span]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for span in spans {
            writer.beginObject()
            writer.field("start", span.start.rfc3339)
            writer.field("end", span.end.rfc3339)
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }
}
