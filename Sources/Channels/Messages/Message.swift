import Scheduling

/// What one reader is told, in words. A channel only sets it: nothing in it is escaped yet.
struct Message: Sendable {
    /// What a detail is about.
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
    /// What the appointment is called in the reader's calendar.
    let summary: String
    let greeting: String
    let paragraphs: [String]
    let details: [Detail]
    let signature: String
    /// Why the reader gets this.
    let footnote: String

    /// What the reader's calendar says about the appointment: what it has no field of its own for.
    var calendarNote: String {
        note { part in
            switch part {
            case .topic, .time, .place, .reason, .changed: false
            case .host, .booker, .calendar, .customer, .email, .phone, .participants, .notes: true
            }
        }
    }

    /// The same as far as it may stand in a link, which ends up in histories and logs: nobody's data but the host's.
    var linkNote: String { note { $0 == .host || $0 == .calendar } }

    private func note(_ isTold: (Part) -> Bool) -> String {
        (details.filter { isTold($0.part) }.map { "\($0.label): \($0.value)" } + [signature]).joined(separator: "\n")
    }
}
