import Scheduling

/// The text of a message to one reader. The channel formats it; nothing in it is escaped yet.
struct Message: Sendable {
    /// The subject of a detail.
    enum Part: Sendable {
        case topic, time, place, host, booker, calendar, customer, email, phone, participants, notes, changed, reason
    }

    struct Detail: Sendable {
        let part: Part
        let label: String
        /// May have several lines.
        let value: String
    }

    let facts: Facts
    let subject: String
    /// The appointment's title in the reader's calendar.
    let summary: String
    let greeting: String
    let paragraphs: [String]
    let details: [Detail]
    let signature: String
    /// Why the reader gets this message.
    let footnote: String

    /// The description in the reader's calendar: the details for which the calendar has no field.
    var calendarNote: String {
        note { part in
            switch part {
            case .topic, .time, .place, .reason, .changed: false
            case .host, .booker, .calendar, .customer, .email, .phone, .participants, .notes: true
            }
        }
    }

    /// The description in a link. Links end up in histories and logs, so it contains no personal data but the host's.
    var linkNote: String { note { $0 == .host || $0 == .calendar } }

    private func note(_ isTold: (Part) -> Bool) -> String {
        (details.filter { isTold($0.part) }.map { "\($0.label): \($0.value)" } + [signature]).joined(separator: "\n")
    }
}
