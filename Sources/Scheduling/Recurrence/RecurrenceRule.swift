/// A recurrence rule on civil dates (RFC 5545 §3.3.10): DAILY, WEEKLY, MONTHLY and YEARLY with every part but those
/// that name a time of day, for the times are said beside the rule.
///
/// A rule is read whole or refused; what can be read can be expanded with bounded work (see ``Recurrence``).
public struct RecurrenceRule: Hashable, Sendable {
    /// The rule as it was given, without `RRULE:` and a trailing `;`.
    @Exact public private(set) var text: String
    let parts: RecurrenceParts

    /// - Throws: the first thing that is wrong with the rule; ``errors(in:)`` has them all.
    public init(_ text: String) throws(RecurrenceError) {
        var parser = RecurrenceParser()
        let body = parser.body(of: text)
        let parts = parser.read(body)
        if let error = parser.errors.first { throw error }
        self.text = body
        self.parts = parts
    }

    /// Everything that is wrong with a rule; nothing if it can be used.
    public static func errors(in text: String) -> [RecurrenceError] {
        var parser = RecurrenceParser()
        _ = parser.read(parser.body(of: text))
        return parser.errors
    }
}
