-- Organizations, calendars, appointments, and the record of what happened to them.
-- Ids are 16-byte UUIDs, instants microseconds since 1970-01-01T00:00:00Z, JSON is text.

CREATE TABLE organizations (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
);
CREATE UNIQUE INDEX organizations_slug ON organizations (slug) WHERE deleted_at IS NULL;

CREATE TABLE api_keys (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    scopes TEXT NOT NULL CHECK (json_valid(scopes)),
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
);
CREATE INDEX api_keys_organization ON api_keys (organization_id, id);

CREATE TABLE calendars (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    description TEXT,
    timezone TEXT NOT NULL,
    color TEXT,
    is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    owner_member_id TEXT,
    owner_name TEXT,
    owner_email TEXT,
    notify TEXT NOT NULL CHECK (json_valid(notify)),
    slot_duration_minutes INTEGER NOT NULL CHECK (slot_duration_minutes BETWEEN 1 AND 1440),
    allowed_durations_minutes TEXT NOT NULL CHECK (json_valid(allowed_durations_minutes)),
    slot_interval_minutes INTEGER NOT NULL CHECK (slot_interval_minutes BETWEEN 1 AND 1440),
    min_notice_minutes INTEGER NOT NULL CHECK (min_notice_minutes >= 0),
    horizon_days INTEGER NOT NULL CHECK (horizon_days BETWEEN 1 AND 3650),
    capacity INTEGER NOT NULL CHECK (capacity >= 1),
    max_bookings_per_day INTEGER CHECK (max_bookings_per_day >= 1),
    requires_confirmation INTEGER NOT NULL CHECK (requires_confirmation IN (0, 1)),
    cancellation_notice_minutes INTEGER NOT NULL CHECK (cancellation_notice_minutes >= 0),
    reschedule_notice_minutes INTEGER NOT NULL CHECK (reschedule_notice_minutes >= 0),
    hold_minutes INTEGER NOT NULL CHECK (hold_minutes >= 1),
    reminders TEXT NOT NULL CHECK (json_valid(reminders)),
    location TEXT,
    metadata TEXT NOT NULL CHECK (json_valid(metadata)),
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
);
CREATE INDEX calendars_organization ON calendars (organization_id, id) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX calendars_slug ON calendars (organization_id, slug) WHERE deleted_at IS NULL;

-- day_of_week: 0 Monday … 6 Sunday; minutes of the local day, an end past 1440 lies on the next.
CREATE TABLE business_hours (
    calendar_id BLOB NOT NULL REFERENCES calendars (id),
    day_of_week INTEGER NOT NULL CHECK (day_of_week BETWEEN 0 AND 6),
    start_minute INTEGER NOT NULL CHECK (start_minute BETWEEN 0 AND 1439),
    end_minute INTEGER NOT NULL CHECK (end_minute > start_minute AND end_minute <= start_minute + 1440),
    PRIMARY KEY (calendar_id, day_of_week, start_minute)
) WITHOUT ROWID;

-- One row for each calendar: who may write (generation) and the number of its last event (seq).
CREATE TABLE calendar_heads (
    calendar_id BLOB NOT NULL PRIMARY KEY REFERENCES calendars (id),
    generation INTEGER NOT NULL DEFAULT 0,
    seq INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- Who has which time. A row exists only while it is live; the guards below never read a clock.
CREATE TABLE time_slots (
    id INTEGER PRIMARY KEY,
    calendar_id BLOB NOT NULL REFERENCES calendars (id),
    seat INTEGER NOT NULL CHECK (seat >= 0),
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('hold', 'appointment')),
    owner BLOB NOT NULL CHECK (length(owner) = 16),
    expires_at INTEGER,
    CHECK (ends_at > starts_at AND ends_at <= starts_at + 86400000000),
    CHECK ((kind = 'hold') = (expires_at IS NOT NULL)),
    UNIQUE (owner, kind)
);
CREATE INDEX time_slots_calendar ON time_slots (calendar_id, seat, starts_at);
CREATE INDEX time_slots_start ON time_slots (calendar_id, kind, starts_at);

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

CREATE TABLE contacts (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    phone TEXT,
    timezone TEXT,
    locale TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
);
CREATE UNIQUE INDEX contacts_email ON contacts (organization_id, email_key) WHERE deleted_at IS NULL;

CREATE TABLE appointments (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    calendar_id BLOB NOT NULL REFERENCES calendars (id),
    series_id BLOB,
    contact_id BLOB NOT NULL REFERENCES contacts (id),
    attendees TEXT NOT NULL CHECK (json_valid(attendees)),
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'confirmed', 'cancelled', 'completed', 'no_show')),
    title TEXT,
    notes TEXT,
    location TEXT,
    seat INTEGER NOT NULL CHECK (seat >= 0),
    source TEXT NOT NULL CHECK (source IN ('api', 'widget', 'sync', 'import')),
    reminders TEXT NOT NULL CHECK (json_valid(reminders)),
    metadata TEXT NOT NULL CHECK (json_valid(metadata)),
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    CHECK (ends_at > starts_at AND ends_at <= starts_at + 86400000000)
);
CREATE INDEX appointments_organization ON appointments (organization_id, id) WHERE deleted_at IS NULL;
CREATE INDEX appointments_calendar ON appointments (calendar_id, id) WHERE deleted_at IS NULL;
CREATE INDEX appointments_start ON appointments (calendar_id, starts_at) WHERE deleted_at IS NULL;
CREATE INDEX appointments_contact ON appointments (contact_id, id) WHERE deleted_at IS NULL;

CREATE TABLE appointment_reminders (
    appointment_id BLOB NOT NULL REFERENCES appointments (id),
    position INTEGER NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('email', 'sms', 'push')),
    before_minutes INTEGER NOT NULL CHECK (before_minutes >= 0),
    remind_at INTEGER NOT NULL,
    PRIMARY KEY (appointment_id, position)
) WITHOUT ROWID;

CREATE TABLE appointment_cancellations (
    appointment_id BLOB NOT NULL PRIMARY KEY REFERENCES appointments (id),
    cancelled_by TEXT NOT NULL CHECK (cancelled_by IN ('customer', 'host', 'system')),
    reason TEXT,
    cancelled_at INTEGER NOT NULL
) WITHOUT ROWID;

-- The outbox and the history: each calendar's events carry consecutive numbers.
CREATE TABLE events (
    calendar_id BLOB NOT NULL REFERENCES calendars (id),
    seq INTEGER NOT NULL CHECK (seq >= 1),
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    type TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    occurred_at INTEGER NOT NULL,
    payload TEXT NOT NULL CHECK (json_valid(payload)),
    PRIMARY KEY (calendar_id, seq)
) WITHOUT ROWID;
CREATE INDEX events_subject ON events (subject_id, seq);

CREATE TABLE audit_log (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    action TEXT NOT NULL,
    target_id BLOB NOT NULL,
    principal TEXT NOT NULL,
    request_id TEXT NOT NULL,
    at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX audit_log_organization ON audit_log (organization_id, id);

-- The first answer to a keyed request: either the number of the event it is rendered from, or the encrypted body.
CREATE TABLE idempotency_keys (
    organization_id BLOB NOT NULL,
    credential TEXT NOT NULL,
    route TEXT NOT NULL,
    key TEXT NOT NULL,
    body_hash BLOB NOT NULL,
    status INTEGER NOT NULL,
    calendar_id BLOB,
    seq INTEGER,
    response BLOB,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    CHECK ((seq IS NULL) <> (response IS NULL)),
    PRIMARY KEY (organization_id, credential, route, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);
