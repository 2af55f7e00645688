import TenantActors

/// A message before it is formatted as text or HTML.
struct Letter: Sendable {
    let message: Message
    /// Empty unless the appointment is certain.
    let links: [CalendarLink]

    init(_ message: Message) {
        self.message = message
        let appointment = message.facts.appointment
        links =
            message.facts.isCertain
            ? CalendarLink.all(
                title: message.summary, details: message.linkNote, location: appointment.location,
                span: appointment.span
            ) : []
    }
}
