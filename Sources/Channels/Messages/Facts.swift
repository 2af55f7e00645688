import AlmanacRuntime
import Scheduling
import TenantActors

/// What a message may tell one reader, before it is put into words. Texts are safe to print, and single-line texts have
/// one line.
struct Facts: Sendable {
    let occasion: Occasion
    let reader: Audience.Reader
    /// The appointment as the reader knows it: a removed person does not learn what it became.
    let appointment: Appointment
    let calendarName: String?
    let ownerName: String?
    let organizationName: String?
    /// The changed parts that the reader sees.
    let changed: [AppointmentChanges.Part]
    /// The booker's own zone, if the booking names one. Otherwise the calendar's.
    let zone: Zone
    let calendarZone: Zone
    /// When the appointment got this state: the same at each attempt.
    let occurredAt: Instant

    /// - Parameter address: the reader's address, as ``Audience`` spells it.
    init(_ notice: Notice, for address: String, zones: ZoneDatabase) throws(Untold) {
        let present: Appointment
        do throws(UnusablePayload) {
            present = try notice.appointment
        } catch {
            throw Untold(reason: "payload: \(error.field) is missing or unusable")
        }
        guard let reader = Audience(notice).reader(at: address) else {
            throw Untold(reason: "address: the event no longer concerns it")
        }
        guard let occasion = Occasion(event: notice.type, status: present.status, part: reader.part) else {
            throw Untold(reason: "event: nobody is told about this type")
        }
        self.occasion = occasion
        self.reader = reader
        var appointment = reader.part == .removed ? notice.previous ?? present : present
        appointment.version = present.version
        self.appointment = appointment.printable
        calendarName = PlainText.line(notice.calendar.name)
        ownerName = PlainText.line(notice.calendar.ownerName)
        organizationName = PlainText.line(notice.organizationName)
        let changes = AppointmentChanges(from: notice.previous, to: present)
        changed = occasion == .updated ? changes.parts(for: reader.role) : []
        calendarZone = (try? zones.zone(notice.calendar.timezone)) ?? .utc
        let own = reader.role == .booker ? appointment.contact.timezone.flatMap { try? zones.zone($0) } : nil
        zone = own ?? calendarZone
        occurredAt = notice.occurredAt
    }

    /// The message in the reader's language. So far, that is English.
    func message() -> Message { EnglishWords(facts: self).message() }

    var bookerName: String? { appointment.contact.name.isEmpty ? nil : appointment.contact.name }

    /// Whether the appointment is certain to take place, as far as is known.
    var isCertain: Bool {
        switch occasion {
        case .booked, .confirmed, .rescheduled, .updated: appointment.status == .confirmed
        case .requested, .removed, .cancelled: false
        }
    }

    /// The parts of the appointment that the message lists, in order. Guests learn nothing about each other.
    var parts: [Message.Part] {
        let byRole: [Message.Part] =
            switch reader.role {
            case .booker: [.host]
            case .attendee: [.host, .booker]
            case .host: [.calendar, .customer, .email, .phone, .participants, .notes]
            }
        return [.topic, .time, .place] + byRole + [.changed] + (occasion == .cancelled ? [.reason] : [])
    }
}

/// Why somebody gets no message, however often it is tried.
struct Untold: Error {
    let reason: String
}

extension Appointment {
    /// A copy with texts that are safe to print. A name that is not becomes empty. Addresses stay unchanged.
    fileprivate var printable: Appointment {
        var copy = self
        copy.title = PlainText.line(title)
        copy.location = PlainText.line(location)
        copy.notes = PlainText.paragraph(notes)
        copy.contact.name = PlainText.line(contact.name) ?? ""
        copy.contact.phone = PlainText.line(contact.phone)
        for index in attendees.indices { copy.attendees[index].name = PlainText.line(attendees[index].name) ?? "" }
        copy.cancellation?.reason = PlainText.paragraph(cancellation?.reason)
        return copy
    }
}
