public import JSON
import AlmanacRuntime
public import Scheduling

/// Why something conflicts with what exists already.
public struct ResourceConflict: Sendable, Hashable {
    /// Stable and in snake_case, such as `duplicate_date`.
    @Exact public private(set) var code: String
    /// A sentence.
    @Exact public private(set) var detail: String
    /// The field with the conflicting value; nil if there is none.
    public let error: FieldError?

    public init(code: String, detail: String, error: FieldError? = nil) {
        self.code = code
        self.detail = detail
        self.error = error
    }

    static func duplicate(_ field: String, of noun: String) -> ResourceConflict {
        ResourceConflict(
            code: "duplicate_\(field)", detail: "The calendar has another \(noun) of this \(field).",
            error: FieldError(
                pointer: JSONPointer.appending(field, to: ""), code: "duplicate_\(field)",
                message: "must not be the \(field) of another \(noun)"
            )
        )
    }

    static func limitExceeded(_ detail: String) -> ResourceConflict {
        ResourceConflict(code: "limit_exceeded", detail: detail)
    }
}
