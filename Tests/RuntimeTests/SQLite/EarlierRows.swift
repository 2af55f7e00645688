import Scheduling

/// A row in each table that did not say whose its rows are before migration 3, in words that need little translation.
enum EarlierRows {
    static let organization = ID(high: 1, low: 1)
    private static let calendar = ID(high: 2, low: 1)

    static let tables = [
        "business_hours", "calendar_heads", "time_slots", "appointment_reminders", "appointment_cancellations",
        "outbox",
    ]

    /// What appointments know of their contacts once they keep it themselves.
    static let contacts = "SELECT contact_name || ' ' || contact_email FROM appointments"

    static let sql = """
        INSERT INTO organizations VALUES ('\(organization)', 'One', 'one', 1, now(), now(), NULL);
        INSERT INTO calendars (id, organization_id, name, slug, timezone, is_active, notify, slot_duration_minutes,
            allowed_durations_minutes, slot_interval_minutes, min_notice_minutes, horizon_days, capacity,
            requires_confirmation, cancellation_notice_minutes, reschedule_notice_minutes, hold_minutes, reminders,
            metadata, version, created_at, updated_at)
        VALUES ('\(calendar)', '\(organization)', 'C', 'c', 'UTC', true, '[]', 30, '[30]', 30, 0, 60, 1, true, 0, 0, 5,
            '[]', '{}', 1, now(), now());
        INSERT INTO business_hours VALUES ('\(calendar)', 0, 540, 1020);
        INSERT INTO calendar_heads VALUES ('\(calendar)', 0, 1);
        INSERT INTO time_slots (calendar_id, seat, starts_at, ends_at, kind, owner) VALUES
            ('\(calendar)', 0, '2026-06-01 09:00Z', '2026-06-01 10:00Z', 'appointment', '\(calendar)');
        INSERT INTO contacts VALUES
            ('\(organization)', '\(organization)', 'N', 'n@example.org', 'n', NULL, NULL, NULL, now(), now(), NULL);
        INSERT INTO appointments (id, organization_id, calendar_id, contact_id, attendees, starts_at, ends_at, status, seat,
            source, reminders, metadata, version, created_at, updated_at)
        VALUES ('\(calendar)', '\(organization)', '\(calendar)', '\(organization)', '[]', '2026-06-01 09:00Z',
            '2026-06-01 10:00Z', 'cancelled', 0, 'api', '[]', '{}', 1, now(), now());
        INSERT INTO appointment_reminders VALUES ('\(calendar)', 0, 'email', 60, now());
        INSERT INTO appointment_cancellations VALUES ('\(calendar)', 'host', NULL, now());
        INSERT INTO events VALUES ('\(calendar)', 1, '\(calendar)', '\(organization)', 't', '\(calendar)', now(), '{}');
        INSERT INTO outbox VALUES ('\(calendar)', '\(calendar)', 1);
        """
}
