import JSON
import AlmanacRuntime
import Scheduling

/// The appointment an event tells of, as far as messages need it. Texts are fit to be printed, lines are one line.
struct BookedAppointment: Sendable {
    struct Person: Sendable {
        let name: String?
        let email: String
    }

    struct Cancellation: Sendable {
        /// nil if the payload does not say.
        let by: CancellingParty?
        let reason: String?
    }

    let id: ID
    let span: Scheduling.Span
    let status: AppointmentStatus
    let title: String?
    let location: String?
    let notes: String?
    let booker: Person
    let phone: String?
    /// The booker's zone as it was sent; it may name none.
    let timezone: String?
    let attendees: [Person]
    let cancellation: Cancellation?
    /// That of the event that is told.
    var version: Int
    let createdAt: Instant?
    let updatedAt: Instant?

    /// Reads an event's payload; fields that no message can do without are named in the error.
    init(payload: JSON) throws(UnusablePayload) {
        guard let id = payload["id"]?.string.flatMap({ ID($0) }) else { throw UnusablePayload(field: "id") }
        guard let start = Self.instant(payload, "starts_at") else { throw UnusablePayload(field: "starts_at") }
        guard let end = Self.instant(payload, "ends_at"), end >= start else {
            throw UnusablePayload(field: "ends_at")
        }
        guard let status = payload["status"]?.string.flatMap(AppointmentStatus.init(named:)) else {
            throw UnusablePayload(field: "status")
        }
        // SEQUENCE is a signed 32-bit integer (RFC 5545 §3.3.8).
        guard let version = payload["version"]?.int, 1...Int(Int32.max) ~= version else {
            throw UnusablePayload(field: "version")
        }
        guard let contact = payload["contact"], let booker = Self.person(contact) else {
            throw UnusablePayload(field: "contact")
        }
        self.id = id
        self.span = Span(start, end)
        self.status = status
        self.version = version
        self.booker = booker
        phone = PlainText.line(contact["phone"]?.string)
        timezone = contact["timezone"]?.string
        title = PlainText.line(payload["title"]?.string)
        location = PlainText.line(payload["location"]?.string)
        notes = PlainText.paragraph(payload["notes"]?.string)
        attendees = (payload["attendees"]?.array ?? []).compactMap(Self.person)
        cancellation = payload["cancellation"]?.object.map { fields in
            Cancellation(
                by: fields["cancelled_by"]?.string.flatMap(CancellingParty.init(named:)),
                reason: PlainText.paragraph(fields["reason"]?.string)
            )
        }
        createdAt = Self.instant(payload, "created_at")
        updatedAt = Self.instant(payload, "updated_at")
    }

    private static func instant(_ payload: JSON, _ key: String) -> Instant? {
        payload[key]?.string.flatMap { Instant(rfc3339: $0) }
    }

    private static func person(_ json: JSON) -> Person? {
        guard let email = json["email"]?.string, !email.isEmpty else { return nil }
        return Person(name: PlainText.line(json["name"]?.string), email: email)
    }
}

/// An event's payload lacks what a message needs.
struct UnusablePayload: Error {
    let field: String

    /// For the delivery's record: names the field, not what it holds.
    var reason: String { "payload: \(field) is missing or unusable" }
}
