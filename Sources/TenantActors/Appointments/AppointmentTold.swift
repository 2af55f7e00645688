import SQL
public import JSON
public import AlmanacRuntime
public import Scheduling

/// The organizer of an appointment's invitations, and the hosts who got messages about it.
///
/// Stored with the appointment, because the calendar's owner may change. Hosts who got a message also get the
/// cancellation, and an invitation always keeps its organizer (RFC 5546 §2.1.1).
public struct AppointmentTold: Sendable, Equatable {
    /// The organizer of the first invitation.
    public struct Organizer: Sendable, Equatable {
        @Exact public var name: String?
        /// Nil if the calendar names no address: then the installation is the organizer.
        @Exact public var email: String?
    }

    public struct Host: Sendable, Equatable {
        @Exact public var name: String?
        @Exact public var email: String
        /// The first version of the appointment that the host got.
        public var since: Int
    }

    /// How many hosts are stored. Beyond this, hosts that the calendar no longer names are dropped first.
    static let limit = 100

    public var organizer: Organizer
    public var hosts: [Host]

    /// For an appointment that is being booked.
    init(bookingWith settings: CalendarSettings) {
        organizer = Organizer(name: settings.owner?.name ?? settings.name, email: settings.owner?.email)
        hosts = []
        tell(settings, version: 1)
    }

    public init(organizer: JSON, hosts: JSON) {
        self.organizer = Organizer(name: organizer["name"]?.string, email: organizer["email"]?.string)
        self.hosts = (hosts.array ?? []).compactMap { item in
            guard let email = item["email"]?.string, let since = item["since"]?.int else { return nil }
            return Host(name: item["name"]?.string, email: email, since: since)
        }
    }

    /// Adds the hosts whom the calendar names now: they get this version.
    mutating func tell(_ settings: CalendarSettings, version: Int) {
        var today: [Host] = []
        if let email = settings.owner?.email {
            today.append(Host(name: settings.owner?.name, email: email, since: version))
        }
        today += settings.notify.map { Host(name: nil, email: $0, since: version) }
        var known = Set(hosts.map { EmailAddress.identity($0.email) })
        for host in today where known.insert(EmailAddress.identity(host.email)).inserted { hosts.append(host) }
        guard hosts.count > Self.limit else { return }
        let present = Set(today.map { EmailAddress.identity($0.email) })
        var surplus = hosts.count - Self.limit
        hosts.removeAll { host in
            guard surplus > 0, !present.contains(EmailAddress.identity(host.email)) else { return false }
            surplus -= 1
            return true
        }
    }

    var organizerColumn: SQLValue {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("name", organizer.name)
        writer.field("email", organizer.email)
        writer.endObject()
        return .json(writer.bytes)
    }

    var hostsColumn: SQLValue {
        var writer = JSONWriter()
        writer.beginArray()
        for host in hosts {
            writer.beginObject()
            writer.field("name", host.name)
            writer.field("email", host.email)
            writer.field("since", host.since)
            writer.endObject()
        }
        writer.endArray()
        return .json(writer.bytes)
    }
}

extension EmailAddress {
    /// The common form of two spellings of one mailbox, compared by its bytes.
    public static func identity(_ address: String) -> ExactText { key(address).exact }
}
