public import JSON
import AlmanacRuntime
public import Scheduling

extension Appointment {
    /// Reads the output of ``eventPayload()``: the appointment at the time of the event.
    public init(payload: JSON, organizationID: ID, told: AppointmentTold) throws(UnusablePayload) {
        func read<T>(_ field: String, _ value: (JSON) -> T?) throws(UnusablePayload) -> T {
            guard let value = payload[field].flatMap(value) else { throw UnusablePayload(field: field) }
            return value
        }
        func id(_ field: String) throws(UnusablePayload) -> ID { try read(field) { $0.string.flatMap { ID($0) } } }
        func instant(_ field: String) throws(UnusablePayload) -> Instant { try read(field, Self.instant) }
        let start = try instant("starts_at")
        let end = try instant("ends_at")
        guard end >= start else { throw UnusablePayload(field: "ends_at") }
        self.init(
            id: try id("id"), organizationID: organizationID, calendarID: try id("calendar_id"),
            contact: try read("contact", Self.contact), attendees: Self.attendees(payload["attendees"] ?? .null),
            span: Span(start, end), status: try read("status") { $0.string.flatMap(AppointmentStatus.init(named:)) },
            title: payload["title"]?.string, notes: payload["notes"]?.string, location: payload["location"]?.string,
            seat: try read("seat", \.int), source: try read("source") { $0.string.flatMap(Source.init(named:)) },
            reminders: (payload["reminders"]?.array ?? []).compactMap(CalendarSettings.Reminder.init(json:)),
            cancellation: payload["cancellation"].flatMap(Self.cancellation), metadata: payload["metadata"] ?? [:],
            told: told,
            // A column of 32 bits; SEQUENCE in calendars has 32 bits too (RFC 5545 §3.3.8).
            version: try read("version") { $0.int.flatMap { 1...Int(Int32.max) ~= $0 ? $0 : nil } },
            createdAt: try instant("created_at"), updatedAt: try instant("updated_at")
        )
    }

    /// Reads the output of ``write(_:to:)``. Attendees without a name or an address are left out.
    static func attendees(_ json: JSON) -> [Attendee] {
        (json.array ?? []).compactMap { item in
            guard let name = item["name"]?.string, let email = item["email"]?.string else { return nil }
            return Attendee(name: name, email: email)
        }
    }

    private static func contact(_ json: JSON) -> Contact? {
        guard let id = json["id"]?.string.flatMap({ ID($0) }), let name = json["name"]?.string,
            let email = json["email"]?.string, !email.isEmpty
        else { return nil }
        return Contact(
            id: id, name: name, email: email, phone: json["phone"]?.string, timezone: json["timezone"]?.string,
            locale: json["locale"]?.string
        )
    }

    private static func cancellation(_ json: JSON) -> Cancellation? {
        guard let by = json["cancelled_by"]?.string.flatMap(CancellingParty.init(named:)),
            let at = json["cancelled_at"].flatMap(instant)
        else { return nil }
        return Cancellation(by: by, reason: json["reason"]?.string, at: at)
    }

    private static func instant(_ json: JSON) -> Instant? { json.string.flatMap { Instant(rfc3339: $0) } }
}

/// An event's payload lacks a field that the appointment needs.
public struct UnusablePayload: Error {
    /// The field's name, not its value.
    public let field: String
}
