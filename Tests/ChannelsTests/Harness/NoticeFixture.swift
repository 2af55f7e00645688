@testable import JSON
import AlmanacChannels
import AlmanacRuntime
import Scheduling
import TenantActors

/// Events of a booking that most tests share; what differs is given.
enum NoticeFixture {
    static let appointmentID = "01a203bd-a020-70bf-b6e6-e92e29387749"
    static let deliveryID = id("01a203bd-b000-7000-8000-00000000000d")
    /// The clock of tests; deadlines are counted from it.
    static let now = instant("2026-11-01T12:00:00Z")

    static func instant(_ text: String) -> Instant { Instant(rfc3339: text) ?? .distantPast }

    static func id(_ text: String) -> ID { ID(text) ?? ID(high: 0, low: 0) }

    /// Who booked, with `changes` in place of their fields.
    static func contact(_ changes: [String: JSON] = [:]) -> JSON {
        var fields = JSONObject([
            ("id", "01a203bd-a020-70bf-b6e6-000000000001"), ("name", "Bob Berger"), ("email", "bob@example.org"),
            ("phone", "+49 30 1234"), ("timezone", nil), ("locale", nil),
        ])
        for (key, value) in changes { fields[key] = value }
        return .object(fields)
    }

    static func cancellation(by party: String, _ reason: JSON) -> JSON {
        ["cancelled_by": .string(party), "reason": reason, "cancelled_at": "2026-10-30T10:00:00Z"]
    }

    /// The payload of an appointment's event: that of a confirmed booking, with `changes` in place of its fields.
    static func payload(_ changes: [String: JSON] = [:]) -> JSON {
        var fields: JSONObject = JSONObject([
            ("id", .string(appointmentID)), ("calendar_id", "01a203bd-a020-70bf-b6e6-0000000000ca"),
            ("series_id", nil), ("contact", contact()), ("attendees", []),
            ("starts_at", "2026-11-02T08:00:00Z"), ("ends_at", "2026-11-02T08:30:00Z"), ("status", "confirmed"),
            ("title", "Consultation"), ("notes", nil), ("location", "Main Street 1, Berlin"), ("seat", 0),
            ("source", "api"), ("cancellation", nil), ("metadata", [:]), ("version", 1),
            ("created_at", "2026-10-30T10:00:00Z"), ("updated_at", "2026-10-30T10:00:00Z"),
        ])
        for (key, value) in changes { fields[key] = value }
        return .object(fields)
    }

    static func calendar(
        name: String = "Practice", timezone: String = "Europe/Berlin", ownerName: String? = "Dr. Ada",
        ownerEmail: String? = "ada@example.com", notify: [String] = []
    ) -> Notice.Calendar {
        Notice.Calendar(
            id: id("01a203bd-a020-70bf-b6e6-0000000000ca"), name: name, timezone: timezone, ownerName: ownerName,
            ownerEmail: ownerEmail, notify: notify
        )
    }

    /// Who invites, and who has been told: the calendar's owner and `notify`.
    static func told(_ calendar: Notice.Calendar) -> AppointmentTold {
        let name = { (text: String?) in text.map { JSON.string($0) } ?? .null }
        let owner = calendar.ownerEmail.map { email -> JSON in
            ["name": name(calendar.ownerName), "email": .string(email), "since": 1]
        }
        let notify = calendar.notify.map { email -> JSON in ["email": .string(email), "since": 1] }
        return AppointmentTold(
            organizer: ["name": name(calendar.ownerName ?? calendar.name), "email": name(calendar.ownerEmail)],
            hosts: .array([owner].compactMap(\.self) + notify)
        )
    }

    static func notice(
        _ type: String = "appointment.booked", payload: JSON = payload(), calendar: Notice.Calendar = calendar(),
        organization: String = "Ada's Practice"
    ) -> Notice {
        Notice(
            eventID: id("01a203bd-a020-70bf-b6e6-00000000000e"), type: type, seq: 7, subjectID: id(appointmentID),
            occurredAt: instant("2026-10-30T10:00:00Z"), payload: payload,
            organizationID: id("01a203bd-a020-70bf-b6e6-000000000002"), organizationName: organization,
            calendar: calendar, told: told(calendar)
        )
    }

    static func envelope(
        to target: String = "bob@example.org", _ notice: Notice = notice(), id: ID = deliveryID, attempt: Int = 1,
        seconds: Int64 = 20
    ) -> Envelope {
        Envelope(
            id: id, target: target, attempt: attempt, deadline: now.adding(seconds: seconds), notice: notice
        )
    }
}
