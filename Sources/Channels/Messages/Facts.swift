import AlmanacRuntime
import Scheduling
import TenantActors

/// What a message may tell one reader, in no language yet. Texts are fit to be printed, and what is a line has one.
struct Facts: Sendable {
    let occasion: Occasion
    let reader: Audience.Reader
    /// As the reader knows it: who takes part no more learns nothing of what it has become.
    let appointment: Appointment
    let calendarName: String?
    let ownerName: String?
    let organizationName: String?
    /// What an update changed, as far as the reader is told of it.
    let changed: [AppointmentChanges.Part]
    /// Bookers read their own zone if they told it, and the calendar's beside it; all others the calendar's.
    let zone: Zone
    let calendarZone: Zone
    /// When this state of the appointment came about, the same at each attempt to tell of it.
    let occurredAt: Instant

    /// - Parameter address: the reader's, as ``Audience`` names it.
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

    /// The message in the reader's language: in English, so far.
    func message() -> Message { EnglishWords(facts: self).message() }

    var bookerName: String? { appointment.contact.name.isEmpty ? nil : appointment.contact.name }

    /// Whether the appointment will be, as far as anybody knows.
    var isCertain: Bool {
        switch occasion {
        case .booked, .confirmed, .rescheduled, .updated: appointment.status == .confirmed
        case .requested, .removed, .cancelled: false
        }
    }

    /// What of the appointment the reader is told, in this order: guests learn nothing of each other.
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

/// Why there is no message for somebody, however often it is tried.
struct Untold: Error {
    let reason: String
}

extension Appointment {
    /// The same with texts that are fit to be printed; of a name that is not, nothing is left. Addresses stay as they are.
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
