-- Who is told of an appointment, who placed a hold, and until when a key counts.

-- organizer: {"name", "email"}, the one of the first invitation, whatever the calendar's owner is today; without an email
-- it is the installation. hosts: [{"name", "email", "since"}], those of the calendar's side who have been told, each since
-- which version of the appointment.
ALTER TABLE appointments
    ADD COLUMN organizer json NOT NULL DEFAULT '{}',
    ADD COLUMN hosts json NOT NULL DEFAULT '[]';

-- What is not known any more is taken to be as today. One that was cancelled has nothing more to tell. The one who
-- migrates sees no rows while row security is forced upon it.
ALTER TABLE calendars NO FORCE ROW LEVEL SECURITY;
ALTER TABLE appointments NO FORCE ROW LEVEL SECURITY;
UPDATE appointments a SET
    organizer = json_build_object('name', coalesce(c.owner_name, c.name), 'email', c.owner_email),
    hosts = (
        SELECT coalesce(
            json_agg(json_build_object('name', h.name, 'email', h.email, 'since', 1) ORDER BY h.place), '[]'::json
        )
        FROM (
            SELECT c.owner_name AS name, c.owner_email AS email, 0::bigint AS place WHERE c.owner_email IS NOT NULL
            UNION ALL
            SELECT NULL, n.email, n.place FROM json_array_elements_text(c.notify) WITH ORDINALITY AS n (email, place)
        ) h
    )
FROM calendars c
WHERE c.id = a.calendar_id AND a.status <> 'cancelled';
ALTER TABLE appointments FORCE ROW LEVEL SECURITY;
ALTER TABLE calendars FORCE ROW LEVEL SECURITY;

-- The credential that placed a hold; of appointments NULL.
ALTER TABLE time_slots ADD COLUMN holder text;

ALTER TABLE api_keys ADD COLUMN expires_at timestamptz;

DROP FUNCTION almanac_api_key(bytea);
CREATE FUNCTION almanac_api_key(bytea)
RETURNS TABLE (
    id uuid, organization_id uuid, name text, prefix text, scopes json, created_at timestamptz, expires_at timestamptz
)
LANGUAGE sql STABLE AS $$
SELECT k.id, k.organization_id, k.name, k.prefix, k.scopes, k.created_at, k.expires_at
FROM api_keys k JOIN organizations o ON o.id = k.organization_id
WHERE k.hash = $1 AND k.revoked_at IS NULL AND o.deleted_at IS NULL
$$;

DROP FUNCTION almanac_outbox(bigint);
CREATE FUNCTION almanac_outbox(bigint)
RETURNS TABLE (
    event_id uuid, calendar_id uuid, seq bigint, organization_id uuid, living_organization_id uuid,
    notice_id uuid, type text, notice_seq bigint, subject_id uuid, occurred_at timestamptz, payload json,
    notice_organization_id uuid, organization_name text, notice_calendar_id uuid, calendar_name text, timezone text,
    owner_name text, owner_email text, notify json, organizer json, hosts json, previous json
)
LANGUAGE sql STABLE AS $$
SELECT b.event_id, b.calendar_id, b.seq, e.organization_id, o.id, e.id, e.type, e.seq, e.subject_id, e.occurred_at,
    e.payload, e.organization_id, o.name, c.id, c.name, c.timezone, c.owner_name, c.owner_email, c.notify,
    a.organizer, a.hosts,
    CASE WHEN e.type = 'appointment.updated' THEN (
        SELECT p.payload FROM events p WHERE p.subject_id = e.subject_id AND p.seq < e.seq ORDER BY p.seq DESC LIMIT 1
    ) END
FROM outbox b
JOIN events e ON e.calendar_id = b.calendar_id AND e.seq = b.seq
JOIN calendars c ON c.id = b.calendar_id
LEFT JOIN appointments a ON a.id = e.subject_id
LEFT JOIN organizations o ON o.id = e.organization_id AND o.deleted_at IS NULL
ORDER BY b.event_id LIMIT $1
$$;

DROP FUNCTION almanac_claimed_deliveries(uuid);
CREATE FUNCTION almanac_claimed_deliveries(uuid)
RETURNS TABLE (
    id uuid, attempts integer, target text, created_at timestamptz, give_up_at timestamptz, organization_id uuid,
    organization_deleted_at timestamptz, event_id uuid, type text, seq bigint, subject_id uuid, occurred_at timestamptz,
    payload json, notice_organization_id uuid, organization_name text, calendar_id uuid, calendar_name text,
    timezone text, owner_name text, owner_email text, notify json, organizer json, hosts json, previous json
)
LANGUAGE sql STABLE AS $$
SELECT d.id, d.attempts, d.target, d.created_at, d.give_up_at, d.organization_id, o.deleted_at, e.id, e.type, e.seq,
    e.subject_id, e.occurred_at, e.payload, e.organization_id, o.name, c.id, c.name, c.timezone, c.owner_name,
    c.owner_email, c.notify, a.organizer, a.hosts,
    CASE WHEN e.type = 'appointment.updated' THEN (
        SELECT p.payload FROM events p WHERE p.subject_id = e.subject_id AND p.seq < e.seq ORDER BY p.seq DESC LIMIT 1
    ) END
FROM deliveries d
JOIN events e ON e.calendar_id = d.calendar_id AND e.seq = d.seq
JOIN calendars c ON c.id = e.calendar_id
LEFT JOIN appointments a ON a.id = e.subject_id
JOIN organizations o ON o.id = e.organization_id
WHERE d.claim = $1 ORDER BY d.id
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
            AND proname IN ('almanac_api_key', 'almanac_outbox', 'almanac_claimed_deliveries')
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

-- Of appointments no more than who is told.
GRANT SELECT (id, organizer, hosts) ON appointments TO almanac_definer;
CREATE POLICY almanac_definer ON appointments TO almanac_definer USING (true);

-- What was added since the server's role may do less: who was told grows, and a key's end is read.
GRANT UPDATE (hosts) ON appointments TO almanac_app;
GRANT SELECT (expires_at) ON api_keys TO almanac_app;
-- A statement that alters a row finds it by its place first.
GRANT SELECT (ctid) ON api_keys, calendar_shares TO almanac_app;
