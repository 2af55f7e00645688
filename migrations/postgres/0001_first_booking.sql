-- Organizations, calendars, appointments, and the record of what happened to them.
-- JSON is kept as it was written (json, not jsonb): a replayed answer says what was said, to the byte.

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE organizations (
    id uuid NOT NULL PRIMARY KEY,
    name text NOT NULL,
    slug text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz
);
CREATE UNIQUE INDEX organizations_slug ON organizations (slug) WHERE deleted_at IS NULL;

CREATE TABLE api_keys (
    id uuid NOT NULL PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations (id),
    name text NOT NULL,
    prefix text NOT NULL,
    hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
    scopes json NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX api_keys_organization ON api_keys (organization_id, id);

CREATE TABLE calendars (
    id uuid NOT NULL PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations (id),
    name text NOT NULL,
    slug text NOT NULL,
    description text,
    timezone text NOT NULL,
    color text,
    is_active boolean NOT NULL,
    owner_member_id text,
    owner_name text,
    owner_email text,
    notify json NOT NULL,
    slot_duration_minutes integer NOT NULL CHECK (slot_duration_minutes BETWEEN 1 AND 1440),
    allowed_durations_minutes json NOT NULL,
    slot_interval_minutes integer NOT NULL CHECK (slot_interval_minutes BETWEEN 1 AND 1440),
    min_notice_minutes integer NOT NULL CHECK (min_notice_minutes >= 0),
    horizon_days integer NOT NULL CHECK (horizon_days BETWEEN 1 AND 3650),
    capacity integer NOT NULL CHECK (capacity >= 1),
    max_bookings_per_day integer CHECK (max_bookings_per_day >= 1),
    requires_confirmation boolean NOT NULL,
    cancellation_notice_minutes integer NOT NULL CHECK (cancellation_notice_minutes >= 0),
    reschedule_notice_minutes integer NOT NULL CHECK (reschedule_notice_minutes >= 0),
    hold_minutes integer NOT NULL CHECK (hold_minutes >= 1),
    reminders json NOT NULL,
    location text,
    metadata json NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz
);
CREATE INDEX calendars_organization ON calendars (organization_id, id) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX calendars_slug ON calendars (organization_id, slug) WHERE deleted_at IS NULL;

-- day_of_week: 0 Monday … 6 Sunday; minutes of the local day, an end past 1440 lies on the next.
CREATE TABLE business_hours (
    calendar_id uuid NOT NULL REFERENCES calendars (id),
    day_of_week integer NOT NULL CHECK (day_of_week BETWEEN 0 AND 6),
    start_minute integer NOT NULL CHECK (start_minute BETWEEN 0 AND 1439),
    end_minute integer NOT NULL CHECK (end_minute > start_minute AND end_minute <= start_minute + 1440),
    PRIMARY KEY (calendar_id, day_of_week, start_minute)
);

-- One row for each calendar: who may write (generation) and the number of its last event (seq).
CREATE TABLE calendar_heads (
    calendar_id uuid NOT NULL PRIMARY KEY REFERENCES calendars (id),
    generation bigint NOT NULL DEFAULT 0,
    seq bigint NOT NULL DEFAULT 0
);

-- Who has which time. A row exists only while it is live; the guard never reads a clock.
CREATE TABLE time_slots (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    calendar_id uuid NOT NULL REFERENCES calendars (id),
    seat integer NOT NULL CHECK (seat >= 0),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('hold', 'appointment')),
    owner uuid NOT NULL,
    expires_at timestamptz,
    CHECK (ends_at > starts_at AND ends_at <= starts_at + interval '24 hours'),
    CHECK ((kind = 'hold') = (expires_at IS NOT NULL)),
    UNIQUE (owner, kind),
    -- Live rows of one seat never overlap, unless they belong to one owner (an appointment moving over its own old time).
    CONSTRAINT time_slots_overlap EXCLUDE USING gist (
        calendar_id WITH =, seat WITH =, tstzrange(starts_at, ends_at) WITH &&, owner WITH <>
    )
);
CREATE INDEX time_slots_start ON time_slots (calendar_id, kind, starts_at);

CREATE TABLE contacts (
    id uuid NOT NULL PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations (id),
    name text NOT NULL,
    email text NOT NULL,
    email_key text NOT NULL,
    phone text,
    timezone text,
    locale text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz
);
CREATE UNIQUE INDEX contacts_email ON contacts (organization_id, email_key) WHERE deleted_at IS NULL;

CREATE TABLE appointments (
    id uuid NOT NULL PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations (id),
    calendar_id uuid NOT NULL REFERENCES calendars (id),
    series_id uuid,
    contact_id uuid NOT NULL REFERENCES contacts (id),
    attendees json NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    status text NOT NULL CHECK (status IN ('pending', 'confirmed', 'cancelled', 'completed', 'no_show')),
    title text,
    notes text,
    location text,
    seat integer NOT NULL CHECK (seat >= 0),
    source text NOT NULL CHECK (source IN ('api', 'widget', 'sync', 'import')),
    reminders json NOT NULL,
    metadata json NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    CHECK (ends_at > starts_at AND ends_at <= starts_at + interval '24 hours')
);
CREATE INDEX appointments_organization ON appointments (organization_id, id) WHERE deleted_at IS NULL;
CREATE INDEX appointments_calendar ON appointments (calendar_id, id) WHERE deleted_at IS NULL;
CREATE INDEX appointments_start ON appointments (calendar_id, starts_at) WHERE deleted_at IS NULL;
CREATE INDEX appointments_contact ON appointments (contact_id, id) WHERE deleted_at IS NULL;

CREATE TABLE appointment_reminders (
    appointment_id uuid NOT NULL REFERENCES appointments (id),
    position integer NOT NULL,
    channel text NOT NULL CHECK (channel IN ('email', 'sms', 'push')),
    before_minutes integer NOT NULL CHECK (before_minutes >= 0),
    remind_at timestamptz NOT NULL,
    PRIMARY KEY (appointment_id, position)
);

CREATE TABLE appointment_cancellations (
    appointment_id uuid NOT NULL PRIMARY KEY REFERENCES appointments (id),
    cancelled_by text NOT NULL CHECK (cancelled_by IN ('customer', 'host', 'system')),
    reason text,
    cancelled_at timestamptz NOT NULL
);

-- The outbox and the history: each calendar's events carry consecutive numbers.
CREATE TABLE events (
    calendar_id uuid NOT NULL REFERENCES calendars (id),
    seq bigint NOT NULL CHECK (seq >= 1),
    id uuid NOT NULL UNIQUE,
    organization_id uuid NOT NULL REFERENCES organizations (id),
    type text NOT NULL,
    subject_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    payload json NOT NULL,
    PRIMARY KEY (calendar_id, seq)
);
CREATE INDEX events_subject ON events (subject_id, seq);

CREATE TABLE audit_log (
    id uuid NOT NULL PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations (id),
    action text NOT NULL,
    target_id uuid NOT NULL,
    principal text NOT NULL,
    request_id text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX audit_log_organization ON audit_log (organization_id, id);

-- The first answer to a keyed request: either the number of the event it is rendered from, or the encrypted body.
CREATE TABLE idempotency_keys (
    organization_id uuid NOT NULL,
    credential text NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    body_hash bytea NOT NULL,
    status integer NOT NULL,
    calendar_id uuid,
    seq bigint,
    response bytea,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CHECK ((seq IS NULL) <> (response IS NULL)),
    PRIMARY KEY (organization_id, credential, route, key)
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);
