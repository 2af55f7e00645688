public import JSON
import AlmanacRuntime
public import Scheduling
public import TenantActors

/// An event, and all that a channel needs to know to send messages about it.
public struct Notice: Sendable {
    /// The calendar as it is now. The event's payload says how it was then.
    public struct Calendar: Sendable {
        public let id: ID
        public let name: String
        /// IANA name.
        public let timezone: String
        public let ownerName: String?
        public let ownerEmail: String?
        /// More addresses that get a message about every booking.
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

    public let eventID: ID
    /// For instance `appointment.booked`.
    public let type: String
    public let seq: Int64
    /// The subject of the event: for `appointment.*`, the appointment.
    public let subjectID: ID
    public let occurredAt: Instant
    /// The event's content. For `appointment.*`, it is the appointment as in the API, without `manage_url`.
    public let payload: JSON
    public let organizationID: ID
    public let organizationName: String
    public let calendar: Calendar
    /// For `appointment.updated`, the appointment before the change.
    public let previous: Appointment?
    private let content: Result<Appointment, UnusablePayload>

    /// - Parameters:
    ///   - told: the appointment's organizer, and the hosts who got messages about it.
    ///   - previous: for `appointment.updated`, the payload of the appointment's previous event.
    public init(
        eventID: ID, type: String, seq: Int64, subjectID: ID, occurredAt: Instant, payload: JSON, organizationID: ID,
        organizationName: String, calendar: Calendar, told: AppointmentTold, previous: JSON? = nil
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
        let read = { (payload: JSON) throws(UnusablePayload) -> Appointment in
            try Appointment(payload: payload, organizationID: organizationID, told: told)
        }
        content = Result { () throws(UnusablePayload) in try read(payload) }
        self.previous = previous.flatMap { try? read($0) }
    }

    /// The appointment at the time of the event. Its payload is read only once.
    public var appointment: Appointment {
        get throws(UnusablePayload) { try content.get() }
    }

    /// Whether the payload contains what the event's type needs.
    var isReadable: Bool { !type.exact.hasPrefix("appointment.") || (try? appointment) != nil }
}
