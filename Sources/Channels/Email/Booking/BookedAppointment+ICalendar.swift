import AlmanacRuntime
import Scheduling
import TenantActors

extension BookedAppointment {
    /// The event for a reader's calendar.
    ///
    /// - Parameter stamp: when this state of the appointment came about, the same at each attempt to tell of it.
    func calendarEvent(
        _ occasion: MailOccasion, stamp: Instant, summary: String, description: String,
        organizer: ICalendarEvent.Person
    ) -> ICalendarEvent {
        let bookerKey = EmailAddress.key(booker.email).exact
        let others = attendees.filter { EmailAddress.key($0.email).exact != bookerKey }
        return ICalendarEvent(
            uid: id.description,
            // The first version of an appointment is 1, the first revision of an event 0 (RFC 5545 §3.8.7.4).
            sequence: version - 1,
            stamp: stamp, span: span, summary: summary, description: description, location: location,
            status: occasion == .cancelled ? .cancelled : status.inCalendars,
            organizer: organizer,
            attendees: [ICalendarEvent.Attendee(booker.inCalendars, hasAccepted: true)]
                + others.map { ICalendarEvent.Attendee($0.inCalendars, hasAccepted: false) },
            created: createdAt, modified: updatedAt
        )
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
