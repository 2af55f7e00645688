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
        let words = error.words
        self.init(Self.status(of: error), words.code, words.detail)
        errors = words.errors
        switch error {
        case .refused(.slotUnavailable(let reasons, let alternatives)):
            members = [("reasons", RefusalJSON.reasons(reasons)), ("alternatives", RefusalJSON.spans(alternatives))]
        case .hasAppointments(let count): members = [("appointments", Array(String(count).utf8))]
        case .tooMany(let quota): headers[.retryAfter] = String(quota.retryAfterSeconds)
        case .missingScope(let scope):
            self = .insufficient(scope, "A credential hands on no scope that it lacks:")
        case .idempotencyInProgress: headers[.retryAfter] = "1"
        case .draining: headers[.retryAfter] = "5"
        case .shardMoving: self = .shardMoving
        case .unavailable(let error) where error.code == .fenced: self = .shardMoving
        default: break
        }
    }

    private static func status(of error: CommandError) -> HTTPResponse.Status {
        switch error {
        case .notFound: .notFound
        case .invalid, .idempotencyKeyReused, .refused(.durationNotAllowed), .refused(.holdMismatch):
            .unprocessableContent
        case .refused(.holdExpired): .gone
        case .refused, .slugTaken, .conflict, .hasAppointments, .lastAdminKey, .idempotencyInProgress: .conflict
        case .preconditionFailed: .preconditionFailed
        case .insufficientPermission, .missingScope: .forbidden
        case .tooMany: .tooManyRequests
        case .unavailable(let error) where error.code == .corrupt || error.code == .statement: .internalServerError
        case .contended, .retired, .overloaded, .draining, .outcomeUnknown, .shardMoving, .unavailable:
            .serviceUnavailable
        }
    }

    init(_ refusal: Refusal) { self.init(command: .refused(refusal)) }
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
