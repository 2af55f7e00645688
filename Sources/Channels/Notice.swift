public import JSON
import AlmanacRuntime
public import Scheduling

/// An event and what a channel has to know to tell of it.
public struct Notice: Sendable {
    /// The calendar as it is now; the event's payload says how things were when it happened.
    public struct Calendar: Sendable {
        public let id: ID
        public let name: String
        /// IANA name.
        public let timezone: String
        public let ownerName: String?
        public let ownerEmail: String?
        /// Further addresses that want to know of every booking.
        public let notify: [String]

        public init(
            id: ID, name: String, timezone: String, ownerName: String?, ownerEmail: String?, notify: [String]
        ) {
            self.id = id
            self.name = name
            self.timezone = timezone
            self.ownerName = ownerName
            self.ownerEmail = ownerEmail
            self.notify = notify
        }
    }

    /// Somebody who is written to, or in whose name.
    public struct Person: Sendable {
        public let name: String?
        public let email: String?

        public init(name: String?, email: String?) {
            self.name = name
            self.email = email
        }
    }

    public let eventID: ID
    /// For instance `appointment.booked`.
    public let type: String
    public let seq: Int64
    /// What the event is about: for `appointment.*` the appointment.
    public let subjectID: ID
    public let occurredAt: Instant
    /// For `appointment.*` the appointment as in the API, without `manage_url`.
    public let payload: JSON
    public let organizationID: ID
    public let organizationName: String
    public let calendar: Calendar
    /// In whose name the appointment's first invitation was sent: the calendar's owner of then, or without an address the
    /// installation.
    public let organizer: Person
    /// Who of the calendar's side had been told of the appointment when this happened, or is told by it.
    public let hosts: [Person]
    /// For `appointment.updated` the appointment before.
    public let previous: JSON?

    /// - Parameters:
    ///   - organizer: the calendar's owner of today if nil.
    ///   - hosts: those whom the calendar names today if nil.
    public init(
        eventID: ID, type: String, seq: Int64, subjectID: ID, occurredAt: Instant, payload: JSON, organizationID: ID,
        organizationName: String, calendar: Calendar, organizer: Person? = nil, hosts: [Person]? = nil,
        previous: JSON? = nil
    ) {
        self.eventID = eventID
        self.type = type
        self.seq = seq
        self.subjectID = subjectID
        self.occurredAt = occurredAt
        self.payload = payload
        self.organizationID = organizationID
        self.organizationName = organizationName
        self.calendar = calendar
        self.organizer = organizer ?? Person(name: calendar.ownerName ?? calendar.name, email: calendar.ownerEmail)
        self.hosts =
            hosts
            ?? [Person(name: calendar.ownerName, email: calendar.ownerEmail)]
            + calendar.notify.map { Person(name: nil, email: $0) }
        self.previous = previous
    }
}
