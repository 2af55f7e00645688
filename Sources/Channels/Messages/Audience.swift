import AlmanacRuntime
import Scheduling
import TenantActors

/// The people whom an event is told, each address once.
struct Audience: Sendable {
    /// Why somebody is written to: it decides what the message says.
    enum Role: Sendable, CaseIterable {
        /// Who booked.
        case booker
        /// Whom the booker named as taking part.
        case attendee
        /// Who offers the calendar, or did when the appointment was told of, and whom the calendar's `notify` names.
        case host
    }

    struct Reader: Sendable {
        /// What an update is to its reader.
        enum Part: Sendable {
            /// They take part as before.
            case kept
            /// They take part from now on.
            case added
            /// They take part no more.
            case removed
        }

        let address: String
        let role: Role
        let name: String?
        var part = Part.kept

        fileprivate var key: ExactText { EmailAddress.identity(address) }
    }

    /// The booker first, then attendees, hosts, and who takes part no more.
    let readers: [Reader]

    /// More than any booking has: at most 100 attendees before and after, and as many hosts.
    private static let maxReaders = 320
    /// More than any address has (RFC 5321 §4.5.3.1).
    private static let maxAddressBytes = 320

    /// Nobody if the event tells of no appointment.
    init(_ notice: Notice) {
        guard let appointment = try? notice.appointment else {
            readers = []
            return
        }
        let present = Self.people(appointment, asOf: appointment.version)
        let isUpdate = notice.type.exact == Occasion.update
        readers = isUpdate ? Self.readers(ofUpdate: notice, appointment, present) : present
    }

    /// Who this address is; nil if the event does not concern it.
    func reader(at address: String) -> Reader? {
        let key = EmailAddress.identity(address)
        return readers.first { $0.key == key }
    }

    /// Those whom an update concerns: what ended or is over is not told anew.
    private static func readers(
        ofUpdate notice: Notice, _ appointment: Appointment, _ present: [Reader]
    ) -> [Reader] {
        guard appointment.status != .cancelled, appointment.span.end > notice.occurredAt else { return [] }
        let changes = AppointmentChanges(from: notice.previous, to: appointment)
        let before = notice.previous.map { people($0, asOf: appointment.version) } ?? present
        let known = Set(before.map(\.key))
        let here = Set(present.map(\.key))
        let concerned = present.compactMap { reader -> Reader? in
            var reader = reader
            if !known.contains(reader.key) { reader.part = .added }
            return reader.part == .added || !changes.parts(for: reader.role).isEmpty ? reader : nil
        }
        let gone = before.compactMap { reader -> Reader? in
            var reader = reader
            reader.part = .removed
            return here.contains(reader.key) ? nil : reader
        }
        return Array((concerned + gone).prefix(maxReaders))
    }

    /// Everybody who has to do with an appointment. Those hosts who were told after `version` are no readers of it.
    private static func people(_ appointment: Appointment, asOf version: Int) -> [Reader] {
        let hosts = appointment.told.hosts.filter { $0.since <= version }.map { host in
            Reader(address: host.email, role: .host, name: PlainText.line(host.name))
        }
        let hostKeys = Set(hosts.map(\.key))
        let contact = appointment.contact
        var candidates = [Reader(address: contact.email, role: .booker, name: PlainText.line(contact.name))]
        candidates += appointment.attendees.map { person in
            // Who hosts the calendar is told as its host, also when a booker names them.
            let isHost = hostKeys.contains(EmailAddress.identity(person.email))
            return Reader(address: person.email, role: isHost ? .host : .attendee, name: PlainText.line(person.name))
        }
        candidates += hosts

        var seen: Set<ExactText> = []
        var readers: [Reader] = []
        for candidate in candidates where readers.count < maxReaders {
            guard !candidate.address.isEmpty, candidate.address.utf8.count <= maxAddressBytes else { continue }
            if seen.insert(candidate.key).inserted { readers.append(candidate) }
        }
        return readers
    }
}
