import AlmanacRuntime
import Scheduling
import TenantActors

/// Makes the message for one envelope: reads the event, words it for the reader, and puts it into MIME.
struct MailPress: Sendable {
    let from: MailAddress
    /// What the installation calls itself in `mail.from`.
    let fromName: String?
    let zones: ZoneDatabase
    let clock: any WallClock

    func message(for envelope: Envelope) throws(UnprintableMail) -> MailMessage {
        let notice = envelope.notice
        guard let reader = MailAudience(notice).reader(at: envelope.target) else {
            throw UnprintableMail(reason: "address: the event no longer concerns it")
        }
        let appointment = try appointment(of: notice, for: reader)
        guard let occasion = MailOccasion(event: notice.type, status: appointment.status, part: reader.part) else {
            throw UnprintableMail(reason: "event: nobody is mailed about this type")
        }
        let to: MailAddress
        do throws(UnusableAddress) {
            to = try MailAddress(envelope.target)
        } catch {
            throw UnprintableMail(reason: error.reason)
        }
        let letter = LetterWriter(appointment, occasion, to: reader, notice, time: time(reader, appointment, notice))
            .letter()
        let (organizer, isOwn) = organizer(notice, for: reader)
        let event = appointment.calendarEvent(
            occasion, stamp: notice.occurredAt, summary: letter.summary, description: letter.calendarNote,
            organizer: organizer, for: reader
        )
        let method: ICalendarEvent.Method = occasion.isEnd ? .cancel : isOwn ? .publish : .request
        return MailMessage(
            id: envelope.id, date: clock.now(),
            from: MailMessage.Mailbox(address: from, name: senderName(letter.signature)),
            to: MailMessage.Mailbox(address: to, name: reader.name),
            replyTo: replyTo(for: reader, at: to, appointment, notice),
            subject: letter.subject, text: letter.text(), html: letter.html(), calendar: event.object(method: method),
            method: method
        )
    }

    /// The appointment as the reader knows it: who takes part no more learns nothing of what it has become.
    private func appointment(
        of notice: Notice, for reader: MailAudience.Reader
    ) throws(UnprintableMail) -> BookedAppointment {
        do throws(UnusablePayload) {
            let present = try BookedAppointment(payload: notice.payload)
            guard reader.part == .removed, let previous = notice.previous else { return present }
            var former = try BookedAppointment(payload: previous)
            former.version = present.version
            return former
        } catch {
            throw UnprintableMail(reason: error.reason)
        }
    }

    /// Bookers read their own zone if they told it, and the calendar's beside it; all others the calendar's.
    private func time(_ reader: MailAudience.Reader, _ appointment: BookedAppointment, _ notice: Notice) -> TimeText {
        let calendar = (try? zones.zone(notice.calendar.timezone)) ?? .utc
        let own = reader.role == .booker ? appointment.timezone.flatMap { try? zones.zone($0) } : nil
        return TimeText(zone: own ?? calendar, calendar: calendar)
    }

    /// In whose name the event is sent to a reader, and whether that is the reader's own: then it can only be published.
    ///
    /// Calendars do not add an invitation that seems to come from their own user (Outlook: "as the organizer you do not need
    /// to respond"; Gmail shows it and adds nothing). To the organizer it comes in the installation's name.
    private func organizer(
        _ notice: Notice, for reader: MailAudience.Reader
    ) -> (person: ICalendarEvent.Person, isOwn: Bool) {
        let key = EmailAddress.identity(reader.address)
        let installation = ICalendarEvent.Person(name: PlainText.line(notice.calendar.name), email: from.spec)
        guard let email = notice.organizer.email, (try? MailAddress(email)) != nil else {
            let person = ICalendarEvent.Person(name: PlainText.line(notice.organizer.name), email: from.spec)
            return (person, EmailAddress.identity(from.spec) == key)
        }
        let first = ICalendarEvent.Person(name: PlainText.line(notice.organizer.name), email: email)
        guard EmailAddress.identity(email) == key else { return (first, false) }
        return EmailAddress.identity(from.spec) == key ? (first, true) : (installation, false)
    }

    /// The organization, by way of the installation.
    private func senderName(_ organization: String) -> String {
        guard let fromName, fromName.exact != organization.exact else { return organization }
        return "\(organization) via \(fromName)"
    }

    /// Customers answer the host, hosts the booker; none where that would be the reader.
    private func replyTo(
        for reader: MailAudience.Reader, at to: MailAddress, _ appointment: BookedAppointment, _ notice: Notice
    ) -> MailAddress? {
        let address =
            switch reader.role {
            case .booker, .attendee: notice.calendar.ownerEmail
            case .host: appointment.booker.email
            }
        guard let reply = address.flatMap({ try? MailAddress($0) }) else { return nil }
        // One that needs SMTPUTF8 would make the whole mail need it.
        return reply.needsSMTPUTF8 && !to.needsSMTPUTF8 ? nil : reply
    }
}

/// Why there is no message for an envelope, however often it is tried.
struct UnprintableMail: Error {
    let reason: String
}
