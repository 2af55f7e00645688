import AlmanacRuntime
import Scheduling

/// Makes the message for one envelope: reads the event, words it for the reader, and puts it into MIME.
struct MailPress: Sendable {
    let from: MailAddress
    /// What the installation calls itself in `mail.from`.
    let fromName: String?
    let zones: ZoneDatabase
    let clock: any WallClock

    func message(for envelope: Envelope) throws(UnprintableMail) -> MailMessage {
        let notice = envelope.notice
        let appointment = try appointment(of: notice)
        guard let occasion = MailOccasion(event: notice.type, status: appointment.status) else {
            throw UnprintableMail(reason: "event: nobody is mailed about this type")
        }
        guard let reader = MailAudience(notice).reader(at: envelope.target) else {
            throw UnprintableMail(reason: "address: the event no longer concerns it")
        }
        let to: MailAddress
        do throws(UnusableAddress) {
            to = try MailAddress(envelope.target)
        } catch {
            throw UnprintableMail(reason: error.reason)
        }
        let zone = zone(for: reader, appointment, notice)
        let letter = LetterWriter(appointment, occasion, to: reader, notice, time: TimeText(zone: zone)).letter()
        let event = appointment.calendarEvent(
            occasion, stamp: notice.occurredAt, summary: letter.summary, description: letter.calendarNote,
            organizer: organizer(notice.calendar)
        )
        let method: ICalendarEvent.Method = occasion == .cancelled ? .cancel : .request
        return MailMessage(
            id: envelope.id, date: clock.now(),
            from: MailMessage.Mailbox(address: from, name: senderName(letter.signature)),
            to: MailMessage.Mailbox(address: to, name: reader.name),
            replyTo: replyTo(for: reader, at: to, appointment, notice),
            subject: letter.subject, text: letter.text(), html: letter.html(), calendar: event.object(method: method),
            method: method
        )
    }

    private func appointment(of notice: Notice) throws(UnprintableMail) -> BookedAppointment {
        do throws(UnusablePayload) {
            return try BookedAppointment(payload: notice.payload)
        } catch {
            throw UnprintableMail(reason: error.reason)
        }
    }

    /// Bookers read their own zone if they told it, all others the calendar's.
    private func zone(for reader: MailAudience.Reader, _ appointment: BookedAppointment, _ notice: Notice) -> Zone {
        if reader.role == .booker, let zone = appointment.timezone.flatMap({ try? zones.zone($0) }) { return zone }
        return (try? zones.zone(notice.calendar.timezone)) ?? .utc
    }

    private func organizer(_ calendar: Notice.Calendar) -> ICalendarEvent.Person {
        guard let owner = calendar.ownerEmail, (try? MailAddress(owner)) != nil else {
            return ICalendarEvent.Person(name: PlainText.line(calendar.name), email: from.spec)
        }
        return ICalendarEvent.Person(name: PlainText.line(calendar.ownerName ?? calendar.name), email: owner)
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
