public import Scheduling

/// One error in one field of a request, as `errors` of a problem document lists it (RFC 9457).
public struct FieldError: Error, Hashable, Sendable {
    /// Where (RFC 6901), such as `/business_hours/0/start`.
    @Exact public private(set) var pointer: String
    /// Stable and snake_case, for programs.
    @Exact public private(set) var code: String
    /// The rule, for people: "must be an integer from 1 to 1440".
    @Exact public private(set) var message: String

    public init(pointer: String, code: String, message: String) {
        self.pointer = pointer
        self.code = code
        self.message = message
    }
}

extension FieldError: JSONWritable {
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("pointer", pointer)
        writer.field("code", code)
        writer.field("message", message)
        writer.endObject()
    }
}
