import SQL
import AlmanacRuntime
import Scheduling

/// Rows of appointments and their reminders and cancellations.
enum AppointmentWrites {
    /// The appointment, with its contact as the booking gave it.
    ///
    /// The organization's contact is found by `contact_id`, or by `address` if that is null; the row is stale if there
    /// is none. The look-up by id has no other condition: with `deleted_at IS NULL`, PostgreSQL may read the whole
    /// partial index on addresses instead, as long as the table has no statistics.
    static let insert = WriteKind(
        "appointment.insert", phase: .records,
        columns: [
            .init("id", .id), .init("organization_id", .id), .init("calendar_id", .id), .init("contact_id", .id),
            .init("attendees", .json), .init("starts_at", .instant), .init("ends_at", .instant),
            .init("status", .text), .init("title", .text), .init("notes", .text), .init("location", .text),
            .init("seat", .integer), .init("source", .text), .init("reminders", .json), .init("metadata", .json),
            .init("version", .integer), .init("created_at", .instant), .init("address", .text),
            .init("contact_name", .text), .init("contact_email", .text), .init("contact_phone", .text),
            .init("contact_timezone", .text), .init("contact_locale", .text),
            .init("organizer", .json), .init("hosts", .json),
        ],
        sql: """
            INSERT INTO appointments
                (id, organization_id, calendar_id, contact_id, attendees, starts_at, ends_at, status, title, notes,
                 location, seat, source, reminders, metadata, version, created_at, updated_at,
                 contact_name, contact_email, contact_phone, contact_timezone, contact_locale,
                 organizer, hosts)
            SELECT $1, $2, $3,
                COALESCE($4, (SELECT id FROM contacts WHERE address = $18 AND deleted_at IS NULL)),
                $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17, $19, $20, $21, $22, $23, $24, $25
            WHERE $4 IS NULL
                OR (SELECT CASE WHEN deleted_at IS NULL THEN organization_id END FROM contacts WHERE id = $4) = $2
            """
    )

    /// Looks up the organization's contact of an appointment that this change writes.
    static let contactID = IDLookup(
        "appointment.contact", sql: "SELECT contact_id FROM appointments WHERE id = $1"
    )

    static let reminder = WriteKind(
        "appointment_reminder.insert", phase: .records,
        columns: [
            .init("appointment_id", .id), .init("position", .integer), .init("channel", .text),
            .init("before_minutes", .integer), .init("remind_at", .instant), .init("organization_id", .id),
        ],
        sql: """
            INSERT INTO appointment_reminders
                (appointment_id, position, channel, before_minutes, remind_at, organization_id)
            VALUES ($1, $2, $3, $4, $5, $6)
            """
    )

    /// The fields that a PATCH may change, and the status; stale if the version has moved.
    static let update = WriteKind(
        "appointment.update", phase: .records,
        columns: [
            .init("id", .id), .init("expected_version", .integer), .init("status", .text), .init("title", .text),
            .init("notes", .text), .init("location", .text), .init("attendees", .json), .init("metadata", .json),
            .init("updated_at", .instant), .init("hosts", .json),
        ],
        sql: """
            UPDATE appointments SET status = $3, title = $4, notes = $5, location = $6, attendees = $7, metadata = $8,
                updated_at = $9, hosts = $10, version = version + 1
            WHERE id = $1 AND version = $2 AND (deleted_at IS NULL) IS TRUE
            """
    )

    static let cancellation = WriteKind(
        "appointment_cancellation.insert", phase: .records,
        columns: [
            .init("appointment_id", .id), .init("cancelled_by", .text), .init("reason", .text),
            .init("cancelled_at", .instant), .init("organization_id", .id),
        ],
        sql: """
            INSERT INTO appointment_cancellations (appointment_id, cancelled_by, reason, cancelled_at, organization_id)
            VALUES ($1, $2, $3, $4, $5)
            """
    )

    /// The appointment and its reminders.
    ///
    /// - Parameter isKnown: whether the contact is found by its id; otherwise by its address.
    static func insert(_ appointment: Appointment, contactIsKnown isKnown: Bool) -> [WriteRow] {
        let contact = appointment.contact
        let row = insert.row([
            .id(appointment.id), .id(appointment.organizationID), .id(appointment.calendarID),
            isKnown ? .id(contact.id) : .null, appointment.attendeesColumn, .instant(appointment.span.start),
            .instant(appointment.span.end), .text(appointment.status.rawValue), .text(appointment.title),
            .text(appointment.notes), .text(appointment.location), .int(appointment.seat),
            .text(appointment.source.rawValue), appointment.reminders.sqlValue,
            .json(appointment.metadata), .int(appointment.version), .instant(appointment.createdAt),
            isKnown ? .null : .text(ContactWrites.address(contact.email, of: appointment.organizationID)),
            .text(contact.name), .text(contact.email), .text(contact.phone), .text(contact.timezone),
            .text(contact.locale),
            appointment.told.organizerColumn, appointment.told.hostsColumn,
        ])
        let reminders = appointment.reminders.enumerated().map { position, reminder in
            self.reminder.row([
                .id(appointment.id), .int(position), .text(reminder.channel.rawValue), .int(reminder.beforeMinutes),
                .instant(appointment.span.start.adding(minutes: -reminder.beforeMinutes)),
                .id(appointment.organizationID),
            ])
        }
        return [row] + reminders
    }

    /// - Parameter appointment: the new state; its version is one more than that of the old state.
    static func update(_ appointment: Appointment) -> WriteRow {
        update.row([
            .id(appointment.id), .int(appointment.version - 1), .text(appointment.status.rawValue),
            .text(appointment.title), .text(appointment.notes), .text(appointment.location),
            appointment.attendeesColumn, .json(appointment.metadata), .instant(appointment.updatedAt),
            appointment.told.hostsColumn,
        ])
    }
}
