public import JSON
import AlmanacRuntime
public import HTTPTypes
public import Hummingbird
import NIOCore
import TenantActors

/// An error as clients see it (RFC 9457).
public struct Problem: Error, Sendable {
    public var status: HTTPResponse.Status
    /// Stable and snake_case: what programs go by.
    public var code: String
    public var detail: String
    public var errors: [FieldError] = []
    public var headers: HTTPFields = [:]
    /// Further members, already serialized.
    public var members: [(key: String, json: [UInt8])] = []

    public init(_ status: HTTPResponse.Status, _ code: String, _ detail: String) {
        self.status = status
        self.code = code
        self.detail = detail
    }

    /// The type in words, the same for every problem of it: `slot_unavailable` is "Slot unavailable".
    private var title: String {
        let words = code.replacing("_", with: " ").replacing("json", with: "JSON")
        return words.prefix(1).uppercased() + words.dropFirst()
    }

    public func response(requestID: String) -> Response {
        let (head, body) = rendered(requestID: requestID)
        return Response(status: head.status, headers: head.headerFields, body: ResponseBody(byteBuffer: body))
    }

    /// The head and the body of the answer.
    func rendered(requestID: String) -> (head: HTTPResponse, body: ByteBuffer) {
        var writer = JSONWriter(reserving: 512)
        writer.beginObject()
        writer.field("type", "urn:almanac:problem:\(code)")
        writer.field("title", title)
        writer.field("status", status.code)
        writer.field("detail", detail)
        writer.field("code", code)
        writer.field("request_id", requestID)
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
        for member in members {
            writer.key(member.key)
            writer.raw(member.json)
        }
        writer.endObject()
        var headers = headers
        headers[.contentType] = "application/problem+json"
        if status == .serviceUnavailable, headers[.retryAfter] == nil { headers[.retryAfter] = "1" }
        return (HTTPResponse(status: status, headerFields: headers), ByteBuffer(bytes: writer.bytes))
    }

    static func validation(_ errors: [FieldError]) -> Problem {
        let words = ErrorWords.validation(errors)
        var problem = Problem(.unprocessableContent, words.code, words.detail)
        problem.errors = words.errors
        return problem
    }

    /// The same for parameters of the query.
    static func query(_ errors: [FieldError]) -> Problem {
        var problem = validation(errors)
        problem.code = "invalid_query"
        problem.detail = "The query is not valid."
        // What has a name of its own in the contract gives it to the problem.
        let unknown = errors.first { $0.code == "unknown_parameter" }
        let cursor = errors.first { $0.code == "invalid_cursor" && errors.count == 1 }
        if let named = unknown ?? cursor {
            problem.code = named.code
            problem.detail = "\(named.pointer.dropFirst()) \(named.message)."
        }
        return problem
    }

    /// The organization's shard has no owner for the moment.
    static var shardMoving: Problem {
        let words = CommandError.shardMoving.words
        var problem = Problem(.serviceUnavailable, words.code, words.detail)
        problem.headers[.retryAfter] = "1"
        problem.headers[InternalHeaders.moving] = "1"
        return problem
    }

    /// - Parameter pointer: the field of the body with its id, if any.
    static func notFound(_ what: String, pointer: String? = nil) -> Problem {
        Problem(command: .notFound(what: what, pointer: pointer))
    }
}

extension Optional {
    /// The value; throws 404 if there is none.
    func found(as noun: String) throws -> Wrapped {
        guard let self else { throw Problem.notFound(noun) }
        return self
    }
}
