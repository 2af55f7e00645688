/// How much work the recurring rules and breaks of a calendar or a preview need together.
///
/// Compiling a day evaluates all of them, and loading a calendar finds the end of each COUNT. Therefore the limit
/// (`work.rule_steps`) applies to their sum.
struct RuleWork {
    static let code = "too_costly"

    let limit: Int
    var steps = 0

    var isOver: Bool { steps > limit }

    var message: String {
        "makes all rules together \(steps) steps of work, and they may be \(limit); COUNT over thousands of years is most"
    }
}
