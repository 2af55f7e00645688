/// How much work the recurring rules and breaks of a calendar, or of a preview, are together.
///
/// Each compiled day asks all of them, and a calendar that is loaded looks for the end of each COUNT, so it is their sum
/// that has a bound (`work.rule_steps`).
struct RuleWork {
    static let code = "too_costly"

    let limit: Int
    var steps = 0

    var isOver: Bool { steps > limit }

    var message: String {
        "makes all rules together \(steps) steps of work, and they may be \(limit); COUNT over thousands of years is most"
    }
}
