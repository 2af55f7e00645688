import Scheduling

/// What a message says, before it is set as text or HTML. Nothing in it is escaped yet.
struct Letter: Sendable {
    struct Detail: Sendable, Equatable {
        let label: String
        /// May have several lines.
        let value: String
    }

    let subject: String
    /// What the appointment is called in the reader's calendar.
    let summary: String
    let greeting: String
    let paragraphs: [String]
    let details: [Detail]
    /// Empty unless the appointment is certain.
    var links: [CalendarLink]
    let signature: String
    /// Why the reader gets this.
    let footnote: String

    /// What the reader's calendar says about the appointment: what it has no field of its own for.
    var calendarNote: String {
        let elsewhere: [ExactText] = ["What", "When", "Where", "Reason", "Changed"]
        return note(details.filter { !elsewhere.contains($0.label.exact) })
    }

    /// The same as far as it may stand in a link, which ends up in histories and logs: nobody's data but the host's.
    var linkNote: String { note(details.filter { ["With", "Calendar"].contains($0.label.exact) }) }

    private func note(_ details: [Detail]) -> String {
        (details.map { "\($0.label): \($0.value)" } + [signature]).joined(separator: "\n")
    }
}
