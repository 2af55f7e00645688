/// A recurrence rule on civil dates (RFC 5545 §3.3.10): DAILY, WEEKLY, MONTHLY and YEARLY with every part except times
/// of day, which stand beside the rule.
///
/// A rule is read whole or refused. Every rule that is read expands with bounded work (see ``Recurrence``).
public struct RecurrenceRule: Hashable, Sendable {
    /// The rule as it was given, without `RRULE:` and a trailing `;`.
    @Exact public private(set) var text: String
    let parts: RecurrenceParts

    /// - Throws: the first error in the rule; ``errors(in:)`` returns all of them.
    public init(_ text: String) throws(RecurrenceError) {
        var parser = RecurrenceParser()
        let body = parser.body(of: text)
        let parts = parser.read(body)
        if let error = parser.errors.first { throw error }
        self.text = body
        self.parts = parts
    }

    /// All errors in a rule; empty if it is valid.
    public static func errors(in text: String) -> [RecurrenceError] {
        var parser = RecurrenceParser()
        _ = parser.read(parser.body(of: text))
        return parser.errors
    }
}
