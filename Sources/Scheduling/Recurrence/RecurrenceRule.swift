/// A recurrence rule on civil dates (RFC 5545 §3.3.10).
public struct RecurrenceRule: Hashable, Sendable {
    /// The rule as it was given, without `RRULE:` and a trailing `;`.
    public let text: String

    /// - Throws: what is wrong with the rule, part by part.
    public init(_ text: String) throws(RecurrenceError) { self.text = text }
}

/// What is wrong with a recurrence rule.
public struct RecurrenceError: Error, Hashable, Sendable {
    /// The part that is refused, such as `BYMONTH`; empty where it is the rule as a whole.
    public let part: String
    /// Stable and in snake_case, such as `unsupported_frequency`.
    public let code: String
    /// A sentence's end, such as `must be from 1 to 12`.
    public let message: String

    public init(part: String, code: String, message: String) {
        self.part = part
        self.code = code
        self.message = message
    }
}
