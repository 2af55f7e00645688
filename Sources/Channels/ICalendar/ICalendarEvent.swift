public import Scheduling

/// One event of an iCalendar object (RFC 5545 §3.6.1), with times in UTC so that no VTIMEZONE is needed.
public struct ICalendarEvent: Sendable, Equatable {
    /// What the receiver should do with the event (RFC 5546 §1.4).
    public enum Method: String, Sendable, CaseIterable {
        /// Publishes an event. It invites nobody, so it names no attendees (RFC 5546 §3.2.1).
        case publish = "PUBLISH"
        case request = "REQUEST"
        case cancel = "CANCEL"
    }

    /// RFC 5545 §3.8.1.11.
    public enum Status: String, Sendable, CaseIterable {
        case tentative = "TENTATIVE"
        case confirmed = "CONFIRMED"
        case cancelled = "CANCELLED"
    }

    /// A calendar user (RFC 5545 §3.3.3).
    public struct Person: Sendable, Equatable {
        public var name: String?
        public var email: String

        public init(name: String?, email: String) {
            self.name = name
            self.email = email
        }
    }

    public struct Attendee: Sendable, Equatable {
        public var person: Person
        /// Whether the person is known to come: `PARTSTAT=ACCEPTED`, otherwise `NEEDS-ACTION` (RFC 5545 §3.2.12).
        public var hasAccepted: Bool

        public init(_ person: Person, hasAccepted: Bool) {
            self.person = person
            self.hasAccepted = hasAccepted
        }
    }

    /// The same in each message about this event.
    public var uid: String
    /// Rises with each change. A receiver ignores a message with a lower number than it has (RFC 5546 §2.1.5).
    public var sequence: Int
    /// When the event got this state.
    public var stamp: Instant
    public var span: Scheduling.Span
    public var summary: String
    public var description: String?
    public var location: String?
    public var url: String?
    /// Nil in a cancellation that ends the event only for its attendees (RFC 5546 §3.2.5).
    public var status: Status?
    public var organizer: Person
    public var attendees: [Attendee]
    public var created: Instant?
    public var modified: Instant?

    public init(
        uid: String, sequence: Int, stamp: Instant, span: Scheduling.Span, summary: String,
        description: String? = nil, location: String? = nil, url: String? = nil, status: Status?, organizer: Person,
        attendees: [Attendee] = [], created: Instant? = nil, modified: Instant? = nil
    ) {
        self.uid = uid
        self.sequence = sequence
        self.stamp = stamp
        self.span = span
        self.summary = summary
        self.description = description
        self.location = location
        self.url = url
        self.status = status
        self.organizer = organizer
        self.attendees = attendees
        self.created = created
        self.modified = modified
    }
}
