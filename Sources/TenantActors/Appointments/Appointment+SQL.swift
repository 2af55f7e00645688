import SQL
import JSON
import AlmanacRuntime
import Scheduling

extension Appointment {
    /// The columns of a look-up, in the order in which ``init(row:)`` reads them.
    ///
    /// A cancellation has its own look-up: while there are few cancellations, a join would read all of them for each
    /// appointment.
    static let selection = """
        SELECT a.id, a.organization_id, a.calendar_id, a.attendees, a.starts_at, a.ends_at, a.status, a.title, a.notes,
            a.location, a.seat, a.source, a.reminders, a.metadata, a.version, a.created_at, a.updated_at,
            CASE WHEN a.status = 'cancelled'
                THEN (SELECT x.cancelled_by FROM appointment_cancellations x WHERE x.appointment_id = a.id) END,
            CASE WHEN a.status = 'cancelled'
                THEN (SELECT x.reason FROM appointment_cancellations x WHERE x.appointment_id = a.id) END,
            CASE WHEN a.status = 'cancelled'
                THEN (SELECT x.cancelled_at FROM appointment_cancellations x WHERE x.appointment_id = a.id) END,
            a.organizer, a.hosts,
            a.contact_id, a.contact_name, a.contact_email, a.contact_phone, a.contact_timezone, a.contact_locale
        FROM appointments a
        """

    init(row: SQLRow) throws(StoreError) {
        guard let status = AppointmentStatus(named: try row.text(6)), let source = Source(named: try row.text(11))
        else { throw StoreError(.corrupt, "an appointment's status or source is unknown") }
        var cancellation: Cancellation?
        if let by = try row.optional(17, row.text) {
            guard let party = CancellingParty(named: by) else {
                throw StoreError(.corrupt, "a cancellation's party is unknown")
            }
            cancellation = Cancellation(by: party, reason: try row.optional(18, row.text), at: try row.instant(19))
        }
        self.init(
            id: try row.id(0), organizationID: try row.id(1), calendarID: try row.id(2),
            contact: try Contact(row: row, at: 22),
            attendees: Self.attendees(try row.json(3)),
            span: Span(try row.instant(4), try row.instant(5)), status: status, title: try row.optional(7, row.text),
            notes: try row.optional(8, row.text), location: try row.optional(9, row.text), seat: try row.int(10),
            source: source, reminders: try [CalendarSettings.Reminder].load(row, 12), cancellation: cancellation,
            metadata: try row.json(13),
            told: AppointmentTold(organizer: try row.json(20), hosts: try row.json(21)), version: try row.int(14),
            createdAt: try row.instant(15),
            updatedAt: try row.instant(16)
        )
    }

    /// The attendees as a column's text.
    var attendeesColumn: SQLValue {
        var writer = JSONWriter()
        Self.write(attendees, to: &writer)
        return .json(writer.bytes)
    }
}
