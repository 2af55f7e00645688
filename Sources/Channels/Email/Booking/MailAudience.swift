import AlmanacRuntime
import Scheduling
import TenantActors

/// Why somebody is written to: it decides what the message says.
enum MailRole: Sendable, CaseIterable {
    /// Who booked.
    case booker
    /// Whom the booker named as taking part.
    case attendee
    /// Who offers the calendar, and whom the calendar's `notify` names.
    case host
}

/// The people an event is mailed to, each address once.
struct MailAudience: Sendable {
    struct Reader: Sendable {
        let address: String
        let role: MailRole
        let name: String?
    }

    /// The booker first, then attendees, the owner, and `notify`.
    let readers: [Reader]

    /// More than any booking has: at most 100 attendees and a short list on the calendar.
    private static let maxReaders = 250
    /// More than any address has (RFC 5321 §4.5.3.1).
    private static let maxAddressBytes = 320

    init(_ notice: Notice) {
        let calendar = notice.calendar
        var hosts = [Reader](calendar.ownerEmail, .host, calendar.ownerName)
        for address in calendar.notify { hosts += [Reader](address, .host, nil) }
        let hostKeys = Set(hosts.map { Self.key($0.address) })

        var candidates = Self.person(notice.payload["contact"], .booker)
        for attendee in notice.payload["attendees"]?.array ?? [] {
            // Who hosts the calendar is told as its host, also when a booker names them.
            candidates += Self.person(attendee, .attendee).map { reader in
                guard hostKeys.contains(Self.key(reader.address)) else { return reader }
                return Reader(address: reader.address, role: .host, name: reader.name)
            }
        }
        candidates += hosts

        var seen: Set<ExactText> = []
        var readers: [Reader] = []
        for candidate in candidates where readers.count < Self.maxReaders {
            guard !candidate.address.isEmpty, candidate.address.utf8.count <= Self.maxAddressBytes else { continue }
            if seen.insert(Self.key(candidate.address)).inserted { readers.append(candidate) }
        }
        self.readers = readers
    }

    /// Who this address is; nil if the event no longer concerns it, for instance because the calendar's list changed.
    func reader(at address: String) -> Reader? {
        let key = Self.key(address)
        return readers.first { Self.key($0.address) == key }
    }

    private static func key(_ address: String) -> ExactText { EmailAddress.key(address).exact }

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
