import JSON
import SQL
import AlmanacRuntime
import Scheduling
import TenantActors

/// Reads events with all that channels need to know of them.
enum NoticeQuery {
    /// In the order in which ``notice(_:at:)`` reads them. `a` is the appointment, joined by the event's subject.
    static let columns = """
        e.id, e.type, e.seq, e.subject_id, e.occurred_at, e.payload, e.organization_id, o.name, c.id, c.name,
            c.timezone, c.owner_name, c.owner_email, c.notify, a.organizer, a.hosts,
            CASE WHEN e.type = 'appointment.updated' THEN (
                SELECT p.payload FROM events p WHERE p.subject_id = e.subject_id AND p.seq < e.seq
                ORDER BY p.seq DESC LIMIT 1
            ) END
        """

    static func notice(_ row: SQLRow, at first: Int) throws(StoreError) -> Notice {
        Notice(
            eventID: try row.id(first), type: try row.text(first + 1), seq: try row.integer(first + 2),
            subjectID: try row.id(first + 3), occurredAt: try row.instant(first + 4),
            payload: try row.json(first + 5), organizationID: try row.id(first + 6),
            organizationName: try row.text(first + 7),
            calendar: Notice.Calendar(
                id: try row.id(first + 8), name: try row.text(first + 9), timezone: try row.text(first + 10),
                ownerName: try row.optional(first + 11, row.text), ownerEmail: try row.optional(first + 12, row.text),
                notify: (try row.json(first + 13).array ?? []).compactMap(\.string)
            ),
            // Null if the event concerns no appointment.
            told: AppointmentTold(
                organizer: try row.optional(first + 14, row.json) ?? .null,
                hosts: try row.optional(first + 15, row.json) ?? .null
            ),
            previous: try row.optional(first + 16, row.json)
        )
    }
}
