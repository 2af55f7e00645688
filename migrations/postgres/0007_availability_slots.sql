-- What each calendar offered on each of its days, and when the next day's record is due.

CREATE TABLE availability_slots (
    calendar_id uuid NOT NULL,
    -- A local date of the calendar's zone, as in 2026-11-02.
    date text COLLATE "C" NOT NULL CHECK (length(date) = 10),
    organization_id uuid NOT NULL,
    timezone text NOT NULL,
    -- Open minutes times capacity.
    offered_minutes integer NOT NULL CHECK (offered_minutes >= 0),
    capacity integer NOT NULL CHECK (capacity >= 1),
    slot_minutes integer NOT NULL CHECK (slot_minutes >= 1),
    slot_count integer NOT NULL CHECK (slot_count >= 0),
    -- The starts: seconds since the one before (the first: since the date began), each in LEB128.
    starts bytea NOT NULL,
    generated_at timestamptz NOT NULL,
    -- Made some time after the date was over.
    is_late boolean NOT NULL,
    PRIMARY KEY (calendar_id, date),
    CONSTRAINT availability_slots_calendar
        FOREIGN KEY (organization_id, calendar_id) REFERENCES calendars (organization_id, id)
);

-- One row for each calendar that is not deleted. next_date is the first local date that has no record yet, due_at the
-- instant at which it will have ended. fingerprint is that of the zone's file by which the calendar's owner was last told
-- its hours; NULL where nobody has looked yet.
CREATE TABLE calendar_clocks (
    calendar_id uuid NOT NULL PRIMARY KEY,
    organization_id uuid NOT NULL,
    timezone text COLLATE "C" NOT NULL,
    fingerprint bigint,
    next_date text COLLATE "C" NOT NULL CHECK (length(next_date) = 10),
    due_at timestamptz NOT NULL,
    CONSTRAINT calendar_clocks_calendar
        FOREIGN KEY (organization_id, calendar_id) REFERENCES calendars (organization_id, id)
);
CREATE INDEX calendar_clocks_organization ON calendar_clocks (organization_id);
CREATE INDEX calendar_clocks_due ON calendar_clocks (due_at, calendar_id);
CREATE INDEX calendar_clocks_zone ON calendar_clocks (timezone, fingerprint, calendar_id);

-- The one who migrates sees no rows while row security is forced upon it.
ALTER TABLE calendars NO FORCE ROW LEVEL SECURITY;
INSERT INTO calendar_clocks (calendar_id, organization_id, timezone, fingerprint, next_date, due_at)
    SELECT id, organization_id, timezone, NULL, to_char((now() AT TIME ZONE 'UTC') - interval '1 day', 'YYYY-MM-DD'), now()
    FROM calendars WHERE deleted_at IS NULL;
ALTER TABLE calendars FORCE ROW LEVEL SECURITY;

CREATE FUNCTION almanac_clocks_due(timestamptz, timestamptz, uuid)
RETURNS TABLE (organization_id uuid, calendar_id uuid, due_at timestamptz)
LANGUAGE sql STABLE AS $$
SELECT organization_id, calendar_id, due_at FROM calendar_clocks
WHERE (due_at, calendar_id) > ($2, $3) AND due_at <= $1 ORDER BY due_at, calendar_id LIMIT 256
$$;

CREATE FUNCTION almanac_zones_in_use(text)
RETURNS TABLE (name text)
LANGUAGE sql STABLE AS $$
WITH RECURSIVE zones (name) AS (
    SELECT (SELECT timezone FROM calendar_clocks WHERE timezone > $1 ORDER BY timezone LIMIT 1)
    UNION ALL
    SELECT (SELECT timezone FROM calendar_clocks WHERE timezone > name ORDER BY timezone LIMIT 1)
    FROM zones WHERE name IS NOT NULL
)
SELECT name FROM zones WHERE name IS NOT NULL
$$;

CREATE FUNCTION almanac_clocks_in_zone(text, bigint, uuid, bigint)
RETURNS TABLE (organization_id uuid, calendar_id uuid, fingerprint bigint)
LANGUAGE sql STABLE AS $$
SELECT organization_id, calendar_id, fingerprint FROM calendar_clocks
WHERE timezone = $1 AND (fingerprint, calendar_id) > ($2, $3) AND fingerprint <= $4
ORDER BY fingerprint, calendar_id LIMIT 256
$$;

DO $$
DECLARE
    home name := current_schema();
    found record;
BEGIN
    EXECUTE format('GRANT CREATE ON SCHEMA %I TO almanac_definer', home);
    FOR found IN
        SELECT oid::regprocedure AS signature FROM pg_proc
        WHERE pronamespace = home::regnamespace
            AND proname IN ('almanac_clocks_due', 'almanac_zones_in_use', 'almanac_clocks_in_zone')
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', found.signature);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO almanac_app', found.signature);
        EXECUTE format(
            'ALTER FUNCTION %s SECURITY DEFINER SET search_path = pg_catalog, %I, pg_temp', found.signature, home
        );
        EXECUTE format('ALTER FUNCTION %s OWNER TO almanac_definer', found.signature);
    END LOOP;
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM almanac_definer', home);
END
$$;

-- DELETE of a clock: a deleted calendar has no days any more. What a day offered is replaced, never taken away.
GRANT SELECT, INSERT, UPDATE ON availability_slots TO almanac_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON calendar_clocks TO almanac_app;
GRANT SELECT ON calendar_clocks TO almanac_definer;

DO $$
DECLARE
    target text;
BEGIN
    FOREACH target IN ARRAY ARRAY['availability_slots', 'calendar_clocks'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', target);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', target);
        EXECUTE format(
            $policy$
            CREATE POLICY almanac_tenant ON %I TO almanac_app
            USING (organization_id = ANY ((SELECT NULLIF(current_setting('almanac.organizations', true), '')::uuid[])::uuid[]))
            $policy$,
            target
        );
    END LOOP;
    CREATE POLICY almanac_definer ON calendar_clocks TO almanac_definer USING (true);
END
$$;
