public import JSON
import AlmanacRuntime
public import Scheduling

/// A stored appointment.
public struct Appointment: Sendable, Equatable, Versioned {
    public struct Attendee: Sendable, Equatable {
        @Exact public var name: String
        @Exact public var email: String
    }

    public struct Cancellation: Sendable, Equatable {
        public var by: CancellingParty
        @Exact public var reason: String?
        public var at: Instant
    }

    public enum Source: String, CaseIterable, Sendable { case api, widget, sync, `import` }

    public let id: ID
    public let organizationID: ID
    public let calendarID: ID
    /// The contact as this booking gave it; its id is that of the organization's contact.
    public var contact: Contact
    public var attendees: [Attendee]
    public var span: Span
    public var status: AppointmentStatus
    @Exact public var title: String?
    @Exact public var notes: String?
    @Exact public var location: String?
    public var seat: Int
    public var source: Source
    public var reminders: [CalendarSettings.Reminder]
    public var cancellation: Cancellation?
    public var metadata: JSON
    /// The organizer, and the hosts who got messages. Not part of the resource.
    public var told: AppointmentTold
    public var version: Int
    public let createdAt: Instant
    public var updatedAt: Instant

    /// Writes the resource without `manage_url`, which is not stored: each answer signs a new one.
    func writeFields(to writer: inout JSONWriter) {
        writer.field("id", id.description)
        writer.field("calendar_id", calendarID.description)
        writer.key("series_id")
        writer.null()
        writer.key("contact")
        contact.write(to: &writer)
        writer.key("attendees")
        Self.write(attendees, to: &writer)
        writer.field("starts_at", span.start.rfc3339)
        writer.field("ends_at", span.end.rfc3339)
        writer.field("status", status.rawValue)
        writer.field("title", title)
        writer.field("notes", notes)
        writer.field("location", location)
        writer.field("seat", seat)
        writer.field("source", source.rawValue)
        writer.key("video_meeting")
        writer.null()
        writer.key("reminders")
        writer.value(reminders)
        writer.key("cancellation")
        if let cancellation {
            writer.beginObject()
            writer.field("cancelled_by", cancellation.by.rawValue)
            writer.field("reason", cancellation.reason)
            writer.field("cancelled_at", cancellation.at.rfc3339)
            writer.endObject()
        } else {
            writer.null()
        }
        writer.key("check_in")
        writer.null()
        writer.field("metadata", metadata)
        writer.field("version", version)
        writer.field("created_at", createdAt.rfc3339)
        writer.field("updated_at", updatedAt.rfc3339)
    }

    /// The payload of this appointment's events.
    func eventPayload() -> [UInt8] {
        var writer = JSONWriter(reserving: 1_024)
        writer.beginObject()
        writeFields(to: &writer)
        writer.endObject()
        return writer.bytes
    }

    static func write(_ attendees: [Attendee], to writer: inout JSONWriter) {
        writer.beginArray()
        for attendee in attendees {
            writer.beginObject()
            writer.field("name", attendee.name)
            writer.field("email", attendee.email)
            writer.endObject()
        }
        writer.endArray()
    }

    /// Reads the attendees, each once. If two entries have the same address, also in other letter case, the first
    /// counts.
    static func readAttendees(_ reader: ObjectReader) -> [Attendee]? {
        var seen: Set<ExactText> = []
        return reader.optionalReaders("attendees", max: 100)?.compactMap { item in
            let name = item.string("name", min: 1, max: 200)
            let email = item.email("email")
            item.finish()
            guard let name, let email, seen.insert(EmailAddress.identity(email)).inserted else { return nil }
            return Attendee(name: name, email: email)
        }
    }
}
