/// What is wrong with a recurrence rule.
public struct RecurrenceError: Error, Hashable, Sendable {
    /// The refused part, such as `BYMONTH`; empty for the rule as a whole.
    @Exact public private(set) var part: String
    /// Stable and in snake_case, such as `unsupported_frequency`.
    @Exact public private(set) var code: String
    /// The end of a sentence, such as `must be from 1 to 12`.
    @Exact public private(set) var message: String

    public init(part: String, code: String, message: String) {
        self.part = part
        self.code = code
        self.message = message
    }
}
