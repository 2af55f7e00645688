import JSON
import AlmanacRuntime
import Scheduling
import TenantActors

/// Why somebody is written to: it decides what the message says.
enum MailRole: Sendable, CaseIterable {
    /// Who booked.
    case booker
    /// Whom the booker named as taking part.
    case attendee
    /// Who offers the calendar, or did when the appointment was told of, and whom the calendar's `notify` names.
    case host
}

/// The people an event is mailed to, each address once.
struct MailAudience: Sendable {
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
        let role: MailRole
        let name: String?
        var part = Part.kept
    }

    /// The booker first, then attendees, hosts, and who takes part no more.
    let readers: [Reader]

    /// More than any booking has: at most 100 attendees before and after, and as many hosts.
    private static let maxReaders = 320
    /// More than any address has (RFC 5321 §4.5.3.1).
    private static let maxAddressBytes = 320

    init(_ notice: Notice) {
        let present = Self.people(notice.payload, notice.hosts)
        readers = notice.type.exact == MailOccasion.update ? Self.readers(ofUpdate: notice, present) : present
    }

    /// Who this address is; nil if the event does not concern it.
    func reader(at address: String) -> Reader? {
        let key = EmailAddress.identity(address)
        return readers.first { EmailAddress.identity($0.address) == key }
    }

    /// Those whom an update concerns: what ended or is over is not told anew.
    private static func readers(ofUpdate notice: Notice, _ present: [Reader]) -> [Reader] {
        let payload = notice.payload
        guard let status = payload["status"]?.string.flatMap(AppointmentStatus.init(named:)), status != .cancelled,
            let end = payload["ends_at"]?.string.flatMap({ Instant(rfc3339: $0) }), end > notice.occurredAt
        else { return [] }
        let changes = AppointmentChanges(from: notice.previous, to: payload)
        let before = notice.previous.map { people($0, notice.hosts) } ?? present
        let known = Set(before.map { EmailAddress.identity($0.address) })
        let here = Set(present.map { EmailAddress.identity($0.address) })
        let concerned = present.compactMap { reader -> Reader? in
            var reader = reader
            if !known.contains(EmailAddress.identity(reader.address)) { reader.part = .added }
            return reader.part == .added || changes.concern(reader.role) ? reader : nil
        }
        let gone = before.compactMap { reader -> Reader? in
            var reader = reader
            reader.part = .removed
            return here.contains(EmailAddress.identity(reader.address)) ? nil : reader
        }
        return Array((concerned + gone).prefix(maxReaders))
    }

    /// Everybody who has to do with an appointment.
    private static func people(_ payload: JSON, _ hosts: [Notice.Person]) -> [Reader] {
        let hosts = hosts.flatMap { [Reader]($0.email, .host, $0.name) }
        let hostKeys = Set(hosts.map { EmailAddress.identity($0.address) })
        var candidates = person(payload["contact"], .booker)
        for attendee in payload["attendees"]?.array ?? [] {
            // Who hosts the calendar is told as its host, also when a booker names them.
            candidates += person(attendee, .attendee).map { reader in
                guard hostKeys.contains(EmailAddress.identity(reader.address)) else { return reader }
                return Reader(address: reader.address, role: .host, name: reader.name)
            }
        }
        candidates += hosts

        var seen: Set<ExactText> = []
        var readers: [Reader] = []
        for candidate in candidates where readers.count < maxReaders {
            guard !candidate.address.isEmpty, candidate.address.utf8.count <= maxAddressBytes else { continue }
            if seen.insert(EmailAddress.identity(candidate.address)).inserted { readers.append(candidate) }
        }
        return readers
    }

    private static func person(_ json: JSON?, _ role: MailRole) -> [Reader] {
        [Reader](json?["email"]?.string, role, json?["name"]?.string)
    }
}

extension [MailAudience.Reader] {
    /// One reader, or none without an address.
    fileprivate init(_ address: String?, _ role: MailRole, _ name: String?) {
        self = address.map { [MailAudience.Reader(address: $0, role: role, name: PlainText.line(name))] } ?? []
    }
}
