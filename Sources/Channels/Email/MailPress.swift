import AlmanacRuntime
import Scheduling
import TenantActors

/// Makes the mail for one envelope: formats the message as text, as HTML and for calendars, and puts it into MIME.
struct MailPress: Sendable {
    let from: MailAddress
    /// The installation's name in `mail.from`.
    let fromName: String?
    let zones: ZoneDatabase
    let clock: any WallClock

    func message(for envelope: Envelope) throws(Untold) -> MailMessage {
        let notice = envelope.notice
        let facts = try Facts(notice, for: envelope.target, zones: zones)
        let to: MailAddress
        do throws(UnusableAddress) {
            to = try MailAddress(envelope.target)
        } catch {
            throw Untold(reason: error.reason)
        }
        let message = facts.message()
        let letter = Letter(message)
        let (organizer, isOwn) = organizer(facts)
        let method: ICalendarEvent.Method = facts.occasion.isEnd ? .cancel : isOwn ? .publish : .request
        return MailMessage(
            id: envelope.id, date: clock.now(),
            from: MailMessage.Mailbox(address: from, name: senderName(message.signature)),
            to: MailMessage.Mailbox(address: to, name: facts.reader.name),
            replyTo: replyTo(at: to, notice, facts),
            subject: message.subject, text: letter.text(), html: letter.html(),
            calendar: ICalendarEvent(message, organizer: organizer).object(method: method), method: method
        )
    }

    /// The organizer that a reader's invitation names, and whether that is the reader: then the event can only be
    /// published.
    ///
    /// Calendars do not add an invitation from their own user (Outlook: "as the organizer you do not need to respond";
    /// Gmail shows it and adds nothing). Therefore the organizer's own invitation names the installation.
    private func organizer(_ facts: Facts) -> (person: ICalendarEvent.Person, isOwn: Bool) {
        let key = EmailAddress.identity(facts.reader.address)
        let isInstallation = EmailAddress.identity(from.spec) == key
        let first = facts.appointment.told.organizer
        let name = PlainText.line(first.name)
        guard let email = first.email, (try? MailAddress(email)) != nil else {
            return (ICalendarEvent.Person(name: name, email: from.spec), isInstallation)
        }
        let isOwn = EmailAddress.identity(email) == key
        guard isOwn, !isInstallation else { return (ICalendarEvent.Person(name: name, email: email), isOwn) }
        return (ICalendarEvent.Person(name: facts.calendarName, email: from.spec), false)
    }

    /// The name of the organization, sent via the installation.
    private func senderName(_ organization: String) -> String {
        guard let fromName, fromName.exact != organization.exact else { return organization }
        return "\(organization) via \(fromName)"
    }

    /// Customers reply to the host, and hosts reply to the booker; nil if that address cannot be used.
    private func replyTo(at to: MailAddress, _ notice: Notice, _ facts: Facts) -> MailAddress? {
        let address =
            switch facts.reader.role {
            case .booker, .attendee: notice.calendar.ownerEmail
            case .host: facts.appointment.contact.email
            }
        guard let reply = address.flatMap({ try? MailAddress($0) }) else { return nil }
        // A reply address that needs SMTPUTF8 would make the whole mail need it.
        return reply.needsSMTPUTF8 && !to.needsSMTPUTF8 ? nil : reply
    }
}
