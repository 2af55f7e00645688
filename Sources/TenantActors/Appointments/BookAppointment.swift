public import JSON
import AlmanacRuntime
public import Scheduling

/// The content of a booking.
public struct BookAppointment: Sendable {
    public enum Booker: Sendable {
        case known(ID)
        case given(Contact)
    }

    public var calendarID: ID
    public var startsAt: Instant
    public var duration: Int?
    public var booker: Booker
    public var attendees: [Appointment.Attendee]
    public var title: String?
    public var notes: String?
    public var location: String?
    /// The owner of the hold, taken from the hold token.
    public var heldBy: ID?
    public var reminders: [CalendarSettings.Reminder]?
    public var metadata: JSON
    public var overriding: Set<ReasonCode>

    /// Fields that only the server sets. Requests may repeat them; they are ignored.
    public static let readOnlyFields: Set<String> = [
        "id", "series_id", "ends_at", "status", "seat", "source", "video_meeting", "cancellation", "check_in",
        "manage_url", "version", "created_at", "updated_at",
    ]

    /// Reads a booking; records every error, and returns nil if there is one.
    public static func read(_ reader: ObjectReader, services: TenantServices) -> BookAppointment? {
        let calendarID = reader.id("calendar_id")
        let startsAt = reader.instant("starts_at")
        let duration = reader.optionalInt("duration_minutes", in: 1...1440)
        let booker = readBooker(reader, services)
        let attendees = Appointment.readAttendees(reader)
        let title = reader.optionalString("title", max: 200)
        let notes = reader.optionalString("notes", max: 5000, multiline: true)
        let location = reader.optionalString("location", max: 500)
        let token = reader.optionalString("hold_token", min: 1, max: 255)
        let reminders = CalendarSettings.Reminder.read("reminders", of: reader)
        let metadata = reader.metadata("metadata")
        let overriding = readOverriding(reader)
        reader.refuse(unsupported: ["recurrence", "video"])
        reader.finish(ignoring: readOnlyFields)
        guard let calendarID, let startsAt, let booker, reader.errors.isEmpty else { return nil }
        return BookAppointment(
            calendarID: calendarID, startsAt: startsAt, duration: duration, booker: booker, attendees: attendees ?? [],
            title: title, notes: notes, location: location,
            // An invalid token names a hold that cannot exist, so it gets the same answer as the token of a hold that
            // has ended.
            heldBy: token.map { HoldToken.owner($0, services.secrets) ?? ID(high: 0, low: 0) },
            reminders: reminders, metadata: metadata ?? .object(JSONObject()), overriding: overriding
        )
    }

    private static func readBooker(_ reader: ObjectReader, _ services: TenantServices) -> Booker? {
        let id = reader.optionalID("contact_id")
        if reader.contains("contact"), !reader.isNull("contact") {
            if reader.contains("contact_id"), !reader.isNull("contact_id") {
                reader.fail("contact_id", code: "conflict", message: "must not be given together with contact")
            }
            guard let contact = reader.reader("contact") else { return nil }
            return Contact.read(contact, id: services.ids.next(), zones: services.zones).map { .given($0) }
        }
        _ = reader.raw("contact")
        if let id { return .known(id) }
        if !reader.contains("contact_id") || reader.isNull("contact_id") {
            reader.fail("contact", code: "required", message: "is required, or contact_id")
        }
        return nil
    }

    private static func readOverriding(_ reader: ObjectReader) -> Set<ReasonCode> {
        var codes: Set<ReasonCode> = []
        for item in reader.optionalArray("override", max: 7) ?? [] {
            guard let code = item.value.string.flatMap(ReasonCode.init(named:)), ReasonCode.overridable.contains(code)
            else {
                let names = ReasonCode.allCases.filter(ReasonCode.overridable.contains).map(\.rawValue)
                reader.errors.add(
                    item.pointer, code: "invalid_value", message: "must be one of \(names.joined(separator: ", "))"
                )
                continue
            }
            codes.insert(code)
        }
        return codes
    }
}
