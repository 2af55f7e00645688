import Scheduling

/// Words one message for one reader.
struct LetterWriter: Sendable {
    let appointment: BookedAppointment
    let occasion: MailOccasion
    let reader: MailAudience.Reader
    let calendarName: String
    /// The owner, or the calendar if it names none.
    let hostName: String
    let organization: String
    let time: TimeText
    /// Names of what an update changed, as far as the reader is told of it.
    let changed: [String]

    init(
        _ appointment: BookedAppointment, _ occasion: MailOccasion, to reader: MailAudience.Reader, _ notice: Notice,
        time: TimeText
    ) {
        self.appointment = appointment
        self.occasion = occasion
        self.reader = reader
        self.time = time
        changed =
            occasion == .updated
            ? AppointmentChanges(from: notice.previous, to: notice.payload).parts(for: reader.role).map(\.name) : []
        calendarName = PlainText.line(notice.calendar.name) ?? "Calendar"
        hostName = PlainText.line(notice.calendar.ownerName) ?? calendarName
        organization = PlainText.line(notice.organizationName) ?? calendarName
    }

    func letter() -> Letter {
        var letter = Letter(
            subject: subject(), summary: summary, greeting: reader.name.map { "Hello \($0)," } ?? "Hello,",
            paragraphs: paragraphs(), details: details(), links: [], signature: organization, footnote: footnote
        )
        if isCertain {
            letter.links = CalendarLink.all(
                title: summary, details: letter.linkNote, location: appointment.location, span: appointment.span
            )
        }
        return letter
    }

    /// The booker as others read of them.
    var bookerName: String { appointment.booker.name ?? "A customer" }

    private var isCertain: Bool {
        switch occasion {
        case .booked, .confirmed, .rescheduled, .updated: appointment.status == .confirmed
        case .requested, .removed, .cancelled: false
        }
    }

    /// `Consultation with Dr. Ada`; for hosts `Consultation with Bob`.
    private var summary: String {
        switch reader.role {
        case .host: "\(appointment.title ?? "Appointment") with \(appointment.booker.name ?? "a customer")"
        case .booker, .attendee:
            Self.topic(appointment.title ?? calendarName, with: hostName)
        }
    }

    private static func topic(_ topic: String, with name: String) -> String {
        topic.lowercased().exact.contains(name.lowercased().exact) ? topic : "\(topic) with \(name)"
    }

    private func subject() -> String {
        let about = summary.unicodeScalars.count > 120 ? String(summary.unicodeScalars.prefix(119)) + "…" : summary
        return "\(subjectWord): \(about), \(time.short(appointment.span.start))"
    }

    private var subjectWord: String {
        switch (occasion, reader.role) {
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

    private func details() -> [Letter.Detail] {
        var details = [
            Letter.Detail(label: "What", value: appointment.title ?? calendarName),
            Letter.Detail(label: "When", value: time.span(appointment.span)),
        ]
        func add(_ label: String, _ value: String?) {
            if let value { details.append(Letter.Detail(label: label, value: value)) }
        }
        add("Where", appointment.location)
        switch reader.role {
        case .booker, .attendee:
            add("With", hostName)
            if reader.role == .attendee { add("Booked by", bookerName) }
        case .host:
            add("Calendar", calendarName)
            add("Customer", bookerName)
            add("E-mail", PlainText.line(appointment.booker.email))
            add("Phone", appointment.phone)
            let people = appointment.attendees.map { person in
                let email = PlainText.line(person.email) ?? ""
                return person.name.map { "\($0) (\(email))" } ?? email
            }
            add("Participants", people.isEmpty ? nil : people.joined(separator: "\n"))
            add("Notes", appointment.notes)
        }
        add("Changed", changed.isEmpty ? nil : changed.joined(separator: ", "))
        if occasion == .cancelled { add("Reason", appointment.cancellation?.reason) }
        return details
    }

    private var footnote: String {
        switch reader.role {
        case .booker: "You receive this message because you booked with \(organization)."
        case .attendee: "You receive this message because \(bookerName) named you as a participant."
        case .host: "You receive this message because the calendar \(calendarName) tells you of its bookings."
        }
    }
}
