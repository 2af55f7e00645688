-- What shapes a calendar's open time beside its settings: rules, buffers, breaks, blackouts.
-- Dates are text (YYYY-MM-DD): they are civil dates of the calendar's zone, whatever that is. Minutes are those of the local
-- day, an end past 1440 lies on the next. Lists of numbers are JSON: intervals [[start, end], …], weeks
-- [[day, start, end], …], weekdays [[day], …], with 0 Monday … 6 Sunday.

-- Raised by each change of a calendar's layers: whoever reads them in several statements compares it.
ALTER TABLE calendars ADD COLUMN layers_version integer NOT NULL DEFAULT 0 CHECK (layers_version >= 0);

-- recurring: hours that are added or taken away; fixed: one date's hours; custom: another week.
CREATE TABLE availability_rules (
    id uuid NOT NULL PRIMARY KEY,
    organization_id uuid NOT NULL,
    calendar_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('recurring', 'fixed', 'custom')),
    effect text CHECK (effect IN ('available', 'unavailable')),
    rrule text,
    -- A fixed rule's date.
    starts_on text NOT NULL CHECK (starts_on ~ '^\d{4}-\d{2}-\d{2}$'),
    ends_on text CHECK (ends_on ~ '^\d{4}-\d{2}-\d{2}$'),
    start_minute integer CHECK (start_minute BETWEEN 0 AND 1439),
    end_minute integer,
    exdates json,
    rdates json,
    hours json,
    priority integer,
    version integer NOT NULL CHECK (version >= 1),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    CHECK (end_minute > start_minute AND end_minute <= start_minute + 1440),
    CHECK (ends_on >= starts_on),
    CHECK (
        (kind = 'recurring') = (effect IS NOT NULL AND rrule IS NOT NULL AND start_minute IS NOT NULL
            AND end_minute IS NOT NULL AND exdates IS NOT NULL AND rdates IS NOT NULL)
    ),
    CHECK ((kind = 'custom') = (ends_on IS NOT NULL AND priority IS NOT NULL)),
    CHECK ((kind = 'recurring') = (hours IS NULL)),
    CONSTRAINT availability_rules_of_calendar
        FOREIGN KEY (organization_id, calendar_id) REFERENCES calendars (organization_id, id)
);
CREATE INDEX availability_rules_calendar ON availability_rules (calendar_id) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX availability_rules_date ON availability_rules (calendar_id, starts_on)
    WHERE kind = 'fixed' AND deleted_at IS NULL;

CREATE TABLE buffer_times (
    id uuid NOT NULL PRIMARY KEY,
    organization_id uuid NOT NULL,
    calendar_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('before', 'after', 'between')),
    minutes integer NOT NULL CHECK (minutes BETWEEN 0 AND 1440),
    version integer NOT NULL CHECK (version >= 1),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    CONSTRAINT buffer_times_of_calendar
        FOREIGN KEY (organization_id, calendar_id) REFERENCES calendars (organization_id, id)
);
CREATE UNIQUE INDEX buffer_times_kind ON buffer_times (calendar_id, kind) WHERE deleted_at IS NULL;

CREATE TABLE break_times (
    id uuid NOT NULL PRIMARY KEY,
    organization_id uuid NOT NULL,
    calendar_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('fixed', 'one_time', 'recurring')),
    days_of_week json,
    rrule text,
    -- A one-time break's date.
    starts_on text CHECK (starts_on ~ '^\d{4}-\d{2}-\d{2}$'),
    start_minute integer NOT NULL CHECK (start_minute BETWEEN 0 AND 1439),
    end_minute integer NOT NULL CHECK (end_minute > start_minute AND end_minute <= start_minute + 1440),
    exdates json,
    rdates json,
    version integer NOT NULL CHECK (version >= 1),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    CHECK ((kind = 'fixed') = (days_of_week IS NOT NULL)),
    CHECK ((kind = 'fixed') = (starts_on IS NULL)),
    CHECK ((kind = 'recurring') = (rrule IS NOT NULL AND exdates IS NOT NULL AND rdates IS NOT NULL)),
    CONSTRAINT break_times_of_calendar
        FOREIGN KEY (organization_id, calendar_id) REFERENCES calendars (organization_id, id)
);
CREATE INDEX break_times_calendar ON break_times (calendar_id) WHERE deleted_at IS NULL;

CREATE TABLE blackout_dates (
    id uuid NOT NULL PRIMARY KEY,
    organization_id uuid NOT NULL,
    calendar_id uuid NOT NULL,
    starts_on text NOT NULL CHECK (starts_on ~ '^\d{4}-\d{2}-\d{2}$'),
    ends_on text NOT NULL CHECK (ends_on ~ '^\d{4}-\d{2}-\d{2}$' AND ends_on >= starts_on),
    reason text,
    repeats_yearly boolean NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    CONSTRAINT blackout_dates_of_calendar
        FOREIGN KEY (organization_id, calendar_id) REFERENCES calendars (organization_id, id)
);
CREATE INDEX blackout_dates_calendar ON blackout_dates (calendar_id) WHERE deleted_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON availability_rules, buffer_times, break_times, blackout_dates TO almanac_app;

DO $$
DECLARE
    target text;
BEGIN
    FOREACH target IN ARRAY ARRAY['availability_rules', 'buffer_times', 'break_times', 'blackout_dates'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', target);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', target);
        EXECUTE format(
            $policy$
            CREATE POLICY almanac_tenant ON %I TO almanac_app
            USING (organization_id = ANY (
                (SELECT NULLIF(current_setting('almanac.organizations', true), '')::uuid[])::uuid[]
            ))
            $policy$,
            target
        );
    END LOOP;
END
$$;
