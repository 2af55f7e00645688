import JSON
import HTTPTypes
import Hummingbird
import Scheduling

/// How a route reads its body.
struct Body<Input>: Sendable {
    /// Whether a missing body counts as an empty object.
    private let isOptional: Bool
    private let parse: @Sendable (Call) throws -> Input

    /// An object. The answer lists all its errors at once.
    static func json(_ read: @escaping @Sendable (ObjectReader) -> Input?) -> Body {
        json { reader, _ in read(reader) }
    }

    static func json(_ read: @escaping @Sendable (ObjectReader, Call) -> Input?) -> Body {
        Body(isOptional: false) { call in try JSON.parse(call.body).read { read($0, call) } }
    }

    /// An object that may be missing.
    static func optional(_ read: @escaping @Sendable (ObjectReader) -> Input?) -> Body {
        Body(isOptional: true) { call in
            try (call.body.isEmpty ? .object(JSONObject()) : JSON.parse(call.body)).read(read)
        }
    }

    /// Receives the body. The call keeps its bytes, because an Idempotency-Key is valid for one body only.
    func read(_ call: inout Call) async throws -> Input {
        if !isOptional { try call.request.checkIsJSON() }
        call.body = try await call.api.bodies.bytes(call.request)
        if isOptional, !call.body.isEmpty { try call.request.checkIsJSON() }
        return try parse(call)
    }
}

extension Body<JSON> {
    /// JSON of any kind, which the handler reads.
    static var json: Body { Body(isOptional: false) { try JSON.parse($0.body) } }
}

extension Body<[UInt8]> {
    /// The bytes of a JSON body, which the handler parses.
    static var bytes: Body { Body(isOptional: false) { $0.body } }
}

extension JSON {
    /// Reads the object; throws all its errors at once.
    func read<T>(_ body: (ObjectReader) -> T?) throws -> T {
        let errors = FieldErrors()
        if let reader = ObjectReader(self, errors: errors), let value = body(reader), errors.isEmpty { return value }
        try errors.check()
        throw Problem(.internalServerError, "internal_error", "Something went wrong on our side.")
    }
}

extension Request {
    /// Throws 415 if the body has another media type than JSON. A missing media type counts as JSON.
    fileprivate func checkIsJSON() throws {
        guard let type = headers[.contentType] else { return }
        let essence = type.exact.split(separator: ";").first?.trimmed.asciiLowercased ?? ""
        guard essence == "application/json" || (essence.hasPrefix("application/") && essence.hasSuffix("+json")) else {
            throw Problem(.unsupportedMediaType, "unsupported_media_type", "The body must be application/json.")
        }
    }
}
