import AlmanacRuntime
import Scheduling
import TenantActors

extension BookedAppointment {
    /// The event for a reader's calendar.
    ///
    /// - Parameters:
    ///   - stamp: when this state of the appointment came about, the same at each attempt to tell of it.
    ///   - reader: whose calendar it is for. A host is named as taking part in its own copy alone: who else is told is
    ///     nothing that guests learn.
    func calendarEvent(
        _ occasion: MailOccasion, stamp: Instant, summary: String, description: String,
        organizer: ICalendarEvent.Person, for reader: MailAudience.Reader
    ) -> ICalendarEvent {
        ICalendarEvent(
            uid: id.description,
            // The first version of an appointment is 1, the first revision of an event 0 (RFC 5545 §3.8.7.4).
            sequence: version - 1,
            stamp: stamp, span: span, summary: summary, description: description, location: location,
            status: status(in: occasion), organizer: organizer, attendees: calendarAttendees(occasion, for: reader),
            created: createdAt, modified: updatedAt
        )
    }

    private func status(in occasion: MailOccasion) -> ICalendarEvent.Status? {
        switch occasion {
        case .cancelled: .cancelled
        // It goes on for the others (RFC 5546 §3.2.5).
        case .removed: nil
        case .requested, .booked, .confirmed, .rescheduled, .updated: status.inCalendars
        }
    }

    /// Each once. A cancellation for some names those alone.
    private func calendarAttendees(
        _ occasion: MailOccasion, for reader: MailAudience.Reader
    ) -> [ICalendarEvent.Attendee] {
        let own = ICalendarEvent.Attendee(
            ICalendarEvent.Person(name: reader.name, email: reader.address), hasAccepted: reader.role != .attendee
        )
        if occasion == .removed { return [own] }
        var all = [ICalendarEvent.Attendee(booker.inCalendars, hasAccepted: true)]
        all += attendees.map { ICalendarEvent.Attendee($0.inCalendars, hasAccepted: false) }
        if reader.role == .host { all.append(own) }
        var seen: Set<ExactText> = []
        return all.filter { seen.insert(EmailAddress.identity($0.person.email)).inserted }
    }
}

extension BookedAppointment.Person {
    fileprivate var inCalendars: ICalendarEvent.Person { ICalendarEvent.Person(name: name, email: email) }
}

extension AppointmentStatus {
    /// RFC 5545 §3.8.1.11.
    var inCalendars: ICalendarEvent.Status {
        switch self {
        case .pending: .tentative
        case .confirmed, .completed, .noShow: .confirmed
        case .cancelled: .cancelled
        }
    }
}
