-- What shapes a calendar's open time beside its settings: rules, buffers, breaks, blackouts.
-- Dates are text (YYYY-MM-DD): they are civil dates of the calendar's zone, whatever that is. Minutes are those of the local
-- day, an end past 1440 lies on the next. Lists of numbers are JSON: intervals [[start, end], …], weeks
-- [[day, start, end], …], weekdays [[day], …], with 0 Monday … 6 Sunday.

-- Raised by each change of a calendar's layers: whoever reads them in several statements compares it.
ALTER TABLE calendars ADD COLUMN layers_version INTEGER NOT NULL DEFAULT 0 CHECK (layers_version >= 0);

-- recurring: hours that are added or taken away; fixed: one date's hours; custom: another week.
CREATE TABLE availability_rules (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    organization_id BLOB NOT NULL,
    calendar_id BLOB NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('recurring', 'fixed', 'custom')),
    effect TEXT CHECK (effect IN ('available', 'unavailable')),
    rrule TEXT,
    -- A fixed rule's date.
    starts_on TEXT NOT NULL CHECK (starts_on GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    ends_on TEXT CHECK (ends_on GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    start_minute INTEGER CHECK (start_minute BETWEEN 0 AND 1439),
    end_minute INTEGER,
    exdates TEXT CHECK (exdates IS NULL OR json_valid(exdates)),
    rdates TEXT CHECK (rdates IS NULL OR json_valid(rdates)),
    hours TEXT CHECK (hours IS NULL OR json_valid(hours)),
    priority INTEGER,
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    CHECK (end_minute > start_minute AND end_minute <= start_minute + 1440),
    CHECK (ends_on >= starts_on),
    CHECK (
        (kind = 'recurring') = (effect IS NOT NULL AND rrule IS NOT NULL AND start_minute IS NOT NULL
            AND end_minute IS NOT NULL AND exdates IS NOT NULL AND rdates IS NOT NULL)
    ),
    CHECK ((kind = 'custom') = (ends_on IS NOT NULL AND priority IS NOT NULL)),
    CHECK ((kind = 'recurring') = (hours IS NULL)),
    FOREIGN KEY (organization_id, calendar_id) REFERENCES calendars (organization_id, id)
);
CREATE INDEX availability_rules_calendar ON availability_rules (calendar_id) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX availability_rules_date ON availability_rules (calendar_id, starts_on)
    WHERE kind = 'fixed' AND deleted_at IS NULL;

CREATE TABLE buffer_times (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    organization_id BLOB NOT NULL,
    calendar_id BLOB NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('before', 'after', 'between')),
    minutes INTEGER NOT NULL CHECK (minutes BETWEEN 0 AND 1440),
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    FOREIGN KEY (organization_id, calendar_id) REFERENCES calendars (organization_id, id)
);
CREATE UNIQUE INDEX buffer_times_kind ON buffer_times (calendar_id, kind) WHERE deleted_at IS NULL;

CREATE TABLE break_times (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    organization_id BLOB NOT NULL,
    calendar_id BLOB NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('fixed', 'one_time', 'recurring')),
    days_of_week TEXT CHECK (days_of_week IS NULL OR json_valid(days_of_week)),
    rrule TEXT,
    -- A one-time break's date.
    starts_on TEXT CHECK (starts_on GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    start_minute INTEGER NOT NULL CHECK (start_minute BETWEEN 0 AND 1439),
    end_minute INTEGER NOT NULL CHECK (end_minute > start_minute AND end_minute <= start_minute + 1440),
    exdates TEXT CHECK (exdates IS NULL OR json_valid(exdates)),
    rdates TEXT CHECK (rdates IS NULL OR json_valid(rdates)),
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    CHECK ((kind = 'fixed') = (days_of_week IS NOT NULL)),
    CHECK ((kind = 'fixed') = (starts_on IS NULL)),
    CHECK ((kind = 'recurring') = (rrule IS NOT NULL AND exdates IS NOT NULL AND rdates IS NOT NULL)),
    FOREIGN KEY (organization_id, calendar_id) REFERENCES calendars (organization_id, id)
);
CREATE INDEX break_times_calendar ON break_times (calendar_id) WHERE deleted_at IS NULL;

CREATE TABLE blackout_dates (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    organization_id BLOB NOT NULL,
    calendar_id BLOB NOT NULL,
    starts_on TEXT NOT NULL CHECK (starts_on GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    ends_on TEXT NOT NULL CHECK (ends_on GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND ends_on >= starts_on),
    reason TEXT,
    repeats_yearly INTEGER NOT NULL CHECK (repeats_yearly IN (0, 1)),
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    FOREIGN KEY (organization_id, calendar_id) REFERENCES calendars (organization_id, id)
);
CREATE INDEX blackout_dates_calendar ON blackout_dates (calendar_id) WHERE deleted_at IS NULL;
