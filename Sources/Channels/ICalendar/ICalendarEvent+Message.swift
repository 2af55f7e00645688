import AlmanacRuntime
import Scheduling
import TenantActors

extension ICalendarEvent {
    /// The appointment of a message, for its reader's calendar.
    init(_ message: Message, organizer: Person) {
        let facts = message.facts
        let appointment = facts.appointment
        self.init(
            uid: appointment.id.description,
            // An appointment's first version is 1; an event's first SEQUENCE is 0 (RFC 5545 §3.8.7.4).
            sequence: appointment.version - 1, stamp: facts.occurredAt, span: appointment.span,
            summary: message.summary, description: message.calendarNote, location: appointment.location,
            status: Status(facts), organizer: organizer, attendees: Self.attendees(facts),
            created: appointment.createdAt, modified: appointment.updatedAt
        )
    }

    /// The participants, each once. The cancellation for a removed person names only that person. Only a host's own
    /// copy names the host as a participant, because guests must not learn who else gets messages.
    private static func attendees(_ facts: Facts) -> [Attendee] {
        let reader = facts.reader
        let own = Attendee(Person(name: reader.name, email: reader.address), hasAccepted: reader.role != .attendee)
        if facts.occasion == .removed { return [own] }
        let booker = Person(name: facts.bookerName, email: facts.appointment.contact.email)
        var all = [Attendee(booker, hasAccepted: true)]
        all += facts.appointment.attendees.map { person in
            Attendee(Person(name: person.name.isEmpty ? nil : person.name, email: person.email), hasAccepted: false)
        }
        if reader.role == .host { all.append(own) }
        var seen: Set<ExactText> = []
        return all.filter { seen.insert(EmailAddress.identity($0.person.email)).inserted }
    }
}

extension ICalendarEvent.Status {
    /// Nil if the appointment continues for the others (RFC 5546 §3.2.5).
    fileprivate init?(_ facts: Facts) {
        switch facts.occasion {
        case .cancelled: self = .cancelled
        case .removed: return nil
        case .requested, .booked, .confirmed, .rescheduled, .updated:
            switch facts.appointment.status {
            case .pending: self = .tentative
            case .confirmed, .completed, .noShow: self = .confirmed
            case .cancelled: self = .cancelled
            }
        }
    }
}
