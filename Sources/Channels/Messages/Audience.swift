import AlmanacRuntime
import Scheduling
import TenantActors

/// The people who get a message about an event, each address once.
struct Audience: Sendable {
    /// Why a person gets the message. The role decides what the message says.
    enum Role: Sendable, CaseIterable {
        /// The person who booked.
        case booker
        /// A person whom the booker named as a participant.
        case attendee
        /// The calendar's owner, an address in its `notify`, or a former one of these who got messages about this
        /// appointment.
        case host
    }

    struct Reader: Sendable {
        /// What an update means for a reader.
        enum Part: Sendable {
            /// The reader takes part as before.
            case kept
            /// The reader takes part from now on.
            case added
            /// The reader no longer takes part.
            case removed
        }

        let address: String
        let role: Role
        let name: String?
        var part = Part.kept

        fileprivate var key: ExactText { EmailAddress.identity(address) }
    }

    /// The booker, then attendees, then hosts, then removed people.
    let readers: [Reader]

    /// More than any booking has: at most 100 attendees before and after, and as many hosts.
    private static let maxReaders = 320
    /// Longer than any valid address (RFC 5321 §4.5.3.1).
    private static let maxAddressBytes = 320

    /// No readers if the event concerns no appointment.
    init(_ notice: Notice) {
        guard let appointment = try? notice.appointment else {
            readers = []
            return
        }
        let present = Self.people(appointment, asOf: appointment.version)
        let isUpdate = notice.type.exact == Occasion.update
        readers = isUpdate ? Self.readers(ofUpdate: notice, appointment, present) : present
    }

    /// The reader with this address; nil if the event does not concern that person.
    func reader(at address: String) -> Reader? {
        let key = EmailAddress.identity(address)
        return readers.first { $0.key == key }
    }

    /// The readers whom an update concerns. Nobody gets an update of an appointment that is cancelled or over.
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

    /// Everybody concerned with an appointment. Hosts who first got a message after `version` are left out.
    private static func people(_ appointment: Appointment, asOf version: Int) -> [Reader] {
        let hosts = appointment.told.hosts.filter { $0.since <= version }.map { host in
            Reader(address: host.email, role: .host, name: PlainText.line(host.name))
        }
        let hostKeys = Set(hosts.map(\.key))
        let contact = appointment.contact
        var candidates = [Reader(address: contact.email, role: .booker, name: PlainText.line(contact.name))]
        candidates += appointment.attendees.map { person in
            // A host whom the booker names as a participant is addressed as a host.
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
