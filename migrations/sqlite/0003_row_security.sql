-- Whose each row is, said by the row itself: the same columns as on PostgreSQL, where rows show themselves to their own
-- tenant only. A column that may not be NULL cannot be added to a table that has rows, so these are made anew.

CREATE UNIQUE INDEX calendars_tenant ON calendars (organization_id, id);
DROP INDEX calendars_organization;
CREATE UNIQUE INDEX contacts_tenant ON contacts (organization_id, id);
CREATE UNIQUE INDEX appointments_tenant ON appointments (organization_id, id);
DROP INDEX appointments_organization;

CREATE TABLE new_business_hours (
    calendar_id BLOB NOT NULL,
    day_of_week INTEGER NOT NULL CHECK (day_of_week BETWEEN 0 AND 6),
    start_minute INTEGER NOT NULL CHECK (start_minute BETWEEN 0 AND 1439),
    end_minute INTEGER NOT NULL CHECK (end_minute > start_minute AND end_minute <= start_minute + 1440),
    organization_id BLOB NOT NULL,
    PRIMARY KEY (calendar_id, day_of_week, start_minute),
    FOREIGN KEY (organization_id, calendar_id) REFERENCES calendars (organization_id, id)
) WITHOUT ROWID;
INSERT INTO new_business_hours
    SELECT t.*, c.organization_id FROM business_hours t JOIN calendars c ON c.id = t.calendar_id;
DROP TABLE business_hours;
ALTER TABLE new_business_hours RENAME TO business_hours;

CREATE TABLE new_calendar_heads (
    calendar_id BLOB NOT NULL PRIMARY KEY,
    generation INTEGER NOT NULL DEFAULT 0,
    seq INTEGER NOT NULL DEFAULT 0,
    organization_id BLOB NOT NULL,
    FOREIGN KEY (organization_id, calendar_id) REFERENCES calendars (organization_id, id)
) WITHOUT ROWID;
INSERT INTO new_calendar_heads
    SELECT t.*, c.organization_id FROM calendar_heads t JOIN calendars c ON c.id = t.calendar_id;
DROP TABLE calendar_heads;
ALTER TABLE new_calendar_heads RENAME TO calendar_heads;

CREATE TABLE new_time_slots (
    id INTEGER PRIMARY KEY,
    calendar_id BLOB NOT NULL,
    seat INTEGER NOT NULL CHECK (seat >= 0),
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('hold', 'appointment')),
    owner BLOB NOT NULL CHECK (length(owner) = 16),
    expires_at INTEGER,
    organization_id BLOB NOT NULL,
    CHECK (ends_at > starts_at AND ends_at <= starts_at + 86400000000),
    CHECK ((kind = 'hold') = (expires_at IS NOT NULL)),
    UNIQUE (owner, kind),
    FOREIGN KEY (organization_id, calendar_id) REFERENCES calendars (organization_id, id)
);
INSERT INTO new_time_slots SELECT t.*, c.organization_id FROM time_slots t JOIN calendars c ON c.id = t.calendar_id;
DROP TABLE time_slots;
ALTER TABLE new_time_slots RENAME TO time_slots;
CREATE INDEX time_slots_calendar ON time_slots (calendar_id, seat, starts_at);
CREATE INDEX time_slots_start ON time_slots (calendar_id, kind, starts_at);
CREATE INDEX time_slots_expiry ON time_slots (expires_at) WHERE kind = 'hold';

-- Live rows of one seat never overlap, unless they belong to one owner (an appointment moving over its own old time).
-- A row is at most 24 h long, so a neighbour that reaches into this one starts within 24 h before it.
CREATE TRIGGER time_slots_insert_guard BEFORE INSERT ON time_slots
BEGIN
    SELECT RAISE(ABORT, 'overlap') WHERE EXISTS (
        SELECT 1 FROM time_slots
        WHERE calendar_id = NEW.calendar_id AND seat = NEW.seat
            AND starts_at < NEW.ends_at AND starts_at > NEW.starts_at - 86400000000
            AND ends_at > NEW.starts_at AND owner <> NEW.owner
    );
END;
CREATE TRIGGER time_slots_update_guard BEFORE UPDATE OF calendar_id, seat, starts_at, ends_at, owner ON time_slots
BEGIN
    SELECT RAISE(ABORT, 'overlap') WHERE EXISTS (
        SELECT 1 FROM time_slots
        WHERE calendar_id = NEW.calendar_id AND seat = NEW.seat AND id <> NEW.id
            AND starts_at < NEW.ends_at AND starts_at > NEW.starts_at - 86400000000
            AND ends_at > NEW.starts_at AND owner <> NEW.owner
    );
END;

CREATE TABLE new_appointment_reminders (
    appointment_id BLOB NOT NULL,
    position INTEGER NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('email', 'sms', 'push')),
    before_minutes INTEGER NOT NULL CHECK (before_minutes >= 0),
    remind_at INTEGER NOT NULL,
    organization_id BLOB NOT NULL,
    PRIMARY KEY (appointment_id, position),
    FOREIGN KEY (organization_id, appointment_id) REFERENCES appointments (organization_id, id)
) WITHOUT ROWID;
INSERT INTO new_appointment_reminders
    SELECT t.*, a.organization_id FROM appointment_reminders t JOIN appointments a ON a.id = t.appointment_id;
DROP TABLE appointment_reminders;
ALTER TABLE new_appointment_reminders RENAME TO appointment_reminders;

CREATE TABLE new_appointment_cancellations (
    appointment_id BLOB NOT NULL PRIMARY KEY,
    cancelled_by TEXT NOT NULL CHECK (cancelled_by IN ('customer', 'host', 'system')),
    reason TEXT,
    cancelled_at INTEGER NOT NULL,
    organization_id BLOB NOT NULL,
    FOREIGN KEY (organization_id, appointment_id) REFERENCES appointments (organization_id, id)
) WITHOUT ROWID;
INSERT INTO new_appointment_cancellations
    SELECT t.*, a.organization_id FROM appointment_cancellations t JOIN appointments a ON a.id = t.appointment_id;
DROP TABLE appointment_cancellations;
ALTER TABLE new_appointment_cancellations RENAME TO appointment_cancellations;

CREATE TABLE new_outbox (
    event_id BLOB NOT NULL PRIMARY KEY CHECK (length(event_id) = 16),
    calendar_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    organization_id BLOB NOT NULL,
    FOREIGN KEY (calendar_id, seq) REFERENCES events (calendar_id, seq)
) WITHOUT ROWID;
INSERT INTO new_outbox SELECT t.*, c.organization_id FROM outbox t JOIN calendars c ON c.id = t.calendar_id;
DROP TABLE outbox;
ALTER TABLE new_outbox RENAME TO outbox;
