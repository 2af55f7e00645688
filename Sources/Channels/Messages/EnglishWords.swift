import Scheduling
import TenantActors

/// Writes a message in English.
struct EnglishWords: Sendable {
    let facts: Facts

    func message() -> Message {
        Message(
            facts: facts, subject: subject, summary: summary,
            greeting: facts.reader.name.map { "Hello \($0)," } ?? "Hello,", paragraphs: paragraphs(),
            details: facts.parts.compactMap(detail), signature: organization, footnote: footnote
        )
    }

    /// How messages to others name the booker.
    var bookerName: String { facts.bookerName ?? "A customer" }
    /// The owner's name, or the calendar's if it has no owner.
    var hostName: String { facts.ownerName ?? calendarName }
    private var calendarName: String { facts.calendarName ?? "Calendar" }
    private var organization: String { facts.organizationName ?? calendarName }
    private var time: TimeText { TimeText(zone: facts.zone, calendar: facts.calendarZone) }

    /// `Consultation with Dr. Ada`; for hosts `Consultation with Bob`.
    private var summary: String {
        let title = facts.appointment.title
        switch facts.reader.role {
        case .host: return "\(title ?? "Appointment") with \(facts.bookerName ?? "a customer")"
        case .booker, .attendee: return Self.topic(title ?? calendarName, with: hostName)
        }
    }

    private static func topic(_ topic: String, with name: String) -> String {
        topic.lowercased().exact.contains(name.lowercased().exact) ? topic : "\(topic) with \(name)"
    }

    private var subject: String {
        let about = summary.unicodeScalars.count > 120 ? String(summary.unicodeScalars.prefix(119)) + "…" : summary
        return "\(subjectWord): \(about), \(time.short(facts.appointment.span.start))"
    }

    private var subjectWord: String {
        switch (facts.occasion, facts.reader.role) {
        case (.requested, .booker): "Request received"
        case (.requested, .attendee): "Requested"
        case (.requested, .host): "New request"
        case (.booked, .host): "New booking"
        case (.booked, .booker), (.booked, .attendee), (.confirmed, _): "Confirmed"
        case (.rescheduled, _): "Rescheduled"
        case (.updated, _): "Updated"
        case (.removed, _): "No longer invited"
        case (.cancelled, _): "Cancelled"
        }
    }

    /// Nil if the part is empty.
    private func detail(_ part: Message.Part) -> Message.Detail? {
        let appointment = facts.appointment
        let (label, value): (String, String?) =
            switch part {
            case .topic: ("What", appointment.title ?? calendarName)
            case .time: ("When", time.span(appointment.span))
            case .place: ("Where", appointment.location)
            case .host: ("With", hostName)
            case .booker: ("Booked by", bookerName)
            case .calendar: ("Calendar", calendarName)
            case .customer: ("Customer", bookerName)
            case .email: ("E-mail", PlainText.line(appointment.contact.email))
            case .phone: ("Phone", appointment.contact.phone)
            case .participants: ("Participants", participants)
            case .notes: ("Notes", appointment.notes)
            case .changed: ("Changed", changed)
            case .reason: ("Reason", appointment.cancellation?.reason)
            }
        return value.map { Message.Detail(part: part, label: label, value: $0) }
    }

    private var participants: String? {
        let people = facts.appointment.attendees.map { person in
            let email = PlainText.line(person.email) ?? ""
            return person.name.isEmpty ? email : "\(person.name) (\(email))"
        }
        return people.isEmpty ? nil : people.joined(separator: "\n")
    }

    private var changed: String? {
        let names = facts.changed.map { part in
            switch part {
            case .title: "title"
            case .location: "place"
            case .participants: "participants"
            case .notes: "notes"
            }
        }
        return names.isEmpty ? nil : names.joined(separator: ", ")
    }

    private var footnote: String {
        switch facts.reader.role {
        case .booker: "You receive this message because you booked with \(organization)."
        case .attendee: "You receive this message because \(bookerName) named you as a participant."
        case .host: "You receive this message because the calendar \(calendarName) tells you of its bookings."
        }
    }
}
