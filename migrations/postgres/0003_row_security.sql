-- Whose each row is, said by the row itself, and rows that show themselves to their own tenant only.
-- What rules whom, and how a table is added: docs/row-security.md.

-- Roles belong to the whole cluster: other databases may be making them at this moment, and an operator may have made
-- them already. The one who migrates is to be a member of both.
DO $$
DECLARE
    wanted name;
    usable boolean;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['almanac_app', 'almanac_definer']::name[] LOOP
        FOR attempt IN 1..50 LOOP
            BEGIN
                IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
                    EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
                END IF;
                usable := pg_has_role(
                    current_user, wanted,
                    CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END
                );
                IF NOT usable THEN EXECUTE format('GRANT %I TO CURRENT_USER', wanted); END IF;
                EXIT;
            EXCEPTION WHEN duplicate_object OR unique_violation OR internal_error THEN
                -- Somebody else was first (internal_error: the catalog's row was updated under us).
                IF attempt = 50 THEN RAISE; END IF;
                PERFORM pg_sleep(0.02);
            END;
        END LOOP;
    END LOOP;
END
$$;

-- The pairs that others refer to, so that nobody refers to what is another tenant's. They take the places of the indexes
-- for pages in order of id.
DROP INDEX calendars_organization;
ALTER TABLE calendars ADD CONSTRAINT calendars_tenant UNIQUE (organization_id, id);
ALTER TABLE contacts ADD CONSTRAINT contacts_tenant UNIQUE (organization_id, id);
DROP INDEX appointments_organization;
ALTER TABLE appointments ADD CONSTRAINT appointments_tenant UNIQUE (organization_id, id);

ALTER TABLE business_hours ADD COLUMN organization_id uuid;
UPDATE business_hours t SET organization_id = c.organization_id FROM calendars c WHERE c.id = t.calendar_id;
ALTER TABLE business_hours ALTER COLUMN organization_id SET NOT NULL,
    DROP CONSTRAINT business_hours_calendar_id_fkey,
    ADD CONSTRAINT business_hours_calendar
        FOREIGN KEY (organization_id, calendar_id) REFERENCES calendars (organization_id, id);

ALTER TABLE calendar_heads ADD COLUMN organization_id uuid;
UPDATE calendar_heads t SET organization_id = c.organization_id FROM calendars c WHERE c.id = t.calendar_id;
ALTER TABLE calendar_heads ALTER COLUMN organization_id SET NOT NULL,
    DROP CONSTRAINT calendar_heads_calendar_id_fkey,
    ADD CONSTRAINT calendar_heads_calendar
        FOREIGN KEY (organization_id, calendar_id) REFERENCES calendars (organization_id, id);

ALTER TABLE time_slots ADD COLUMN organization_id uuid;
UPDATE time_slots t SET organization_id = c.organization_id FROM calendars c WHERE c.id = t.calendar_id;
ALTER TABLE time_slots ALTER COLUMN organization_id SET NOT NULL,
    DROP CONSTRAINT time_slots_calendar_id_fkey,
    ADD CONSTRAINT time_slots_calendar
        FOREIGN KEY (organization_id, calendar_id) REFERENCES calendars (organization_id, id);

ALTER TABLE appointments
    DROP CONSTRAINT appointments_organization_id_fkey,
    DROP CONSTRAINT appointments_calendar_id_fkey,
    DROP CONSTRAINT appointments_contact_id_fkey,
    ADD CONSTRAINT appointments_of_calendar
        FOREIGN KEY (organization_id, calendar_id) REFERENCES calendars (organization_id, id),
    ADD CONSTRAINT appointments_of_contact
        FOREIGN KEY (organization_id, contact_id) REFERENCES contacts (organization_id, id);

ALTER TABLE appointment_reminders ADD COLUMN organization_id uuid;
UPDATE appointment_reminders t SET organization_id = a.organization_id FROM appointments a WHERE a.id = t.appointment_id;
ALTER TABLE appointment_reminders ALTER COLUMN organization_id SET NOT NULL,
    DROP CONSTRAINT appointment_reminders_appointment_id_fkey,
    ADD CONSTRAINT appointment_reminders_appointment
        FOREIGN KEY (organization_id, appointment_id) REFERENCES appointments (organization_id, id);

ALTER TABLE appointment_cancellations ADD COLUMN organization_id uuid;
UPDATE appointment_cancellations t SET organization_id = a.organization_id FROM appointments a
    WHERE a.id = t.appointment_id;
ALTER TABLE appointment_cancellations ALTER COLUMN organization_id SET NOT NULL,
    DROP CONSTRAINT appointment_cancellations_appointment_id_fkey,
    ADD CONSTRAINT appointment_cancellations_appointment
        FOREIGN KEY (organization_id, appointment_id) REFERENCES appointments (organization_id, id);

ALTER TABLE events
    DROP CONSTRAINT events_organization_id_fkey,
    DROP CONSTRAINT events_calendar_id_fkey,
    ADD CONSTRAINT events_calendar
        FOREIGN KEY (organization_id, calendar_id) REFERENCES calendars (organization_id, id);

-- Its event says whose it is; a second look at each insert is spared.
ALTER TABLE outbox ADD COLUMN organization_id uuid;
UPDATE outbox t SET organization_id = c.organization_id FROM calendars c WHERE c.id = t.calendar_id;
ALTER TABLE outbox ALTER COLUMN organization_id SET NOT NULL;

ALTER TABLE deliveries
    DROP CONSTRAINT deliveries_organization_id_fkey,
    ADD CONSTRAINT deliveries_calendar
        FOREIGN KEY (organization_id, calendar_id) REFERENCES calendars (organization_id, id);

-- What is read or written before a tenant is known, or across all of them: all there is of it. Each text is the one that
-- the program declares under the same name (a test compares them).

CREATE FUNCTION almanac_api_key(bytea)
RETURNS TABLE (id uuid, organization_id uuid, name text, prefix text, scopes json, created_at timestamptz)
LANGUAGE sql STABLE AS $$
SELECT k.id, k.organization_id, k.name, k.prefix, k.scopes, k.created_at
FROM api_keys k JOIN organizations o ON o.id = k.organization_id
WHERE k.hash = $1 AND k.revoked_at IS NULL AND o.deleted_at IS NULL
$$;

CREATE FUNCTION almanac_organizations(uuid, bigint)
RETURNS TABLE (id uuid, name text, slug text, version integer, created_at timestamptz, updated_at timestamptz)
LANGUAGE sql STABLE AS $$
SELECT id, name, slug, version, created_at, updated_at FROM organizations
WHERE id > $1 AND deleted_at IS NULL ORDER BY id LIMIT $2
$$;

CREATE FUNCTION almanac_holds_due(timestamptz)
RETURNS TABLE (organization_id uuid, calendar_id uuid)
LANGUAGE sql STABLE AS $$
SELECT DISTINCT organization_id, calendar_id FROM time_slots WHERE kind = 'hold' AND expires_at <= $1 LIMIT 256
$$;

CREATE FUNCTION almanac_outbox(bigint)
RETURNS TABLE (
    event_id uuid, calendar_id uuid, seq bigint, organization_id uuid, living_organization_id uuid,
    notice_id uuid, type text, notice_seq bigint, subject_id uuid, occurred_at timestamptz, payload json,
    notice_organization_id uuid, organization_name text, notice_calendar_id uuid, calendar_name text, timezone text,
    owner_name text, owner_email text, notify json
)
LANGUAGE sql STABLE AS $$
SELECT b.event_id, b.calendar_id, b.seq, e.organization_id, o.id, e.id, e.type, e.seq, e.subject_id, e.occurred_at,
    e.payload, e.organization_id, o.name, c.id, c.name, c.timezone, c.owner_name, c.owner_email, c.notify
FROM outbox b
JOIN events e ON e.calendar_id = b.calendar_id AND e.seq = b.seq
JOIN calendars c ON c.id = b.calendar_id
LEFT JOIN organizations o ON o.id = e.organization_id AND o.deleted_at IS NULL
ORDER BY b.event_id LIMIT $1
$$;

CREATE FUNCTION almanac_due_delivery(text, timestamptz)
RETURNS TABLE (found integer)
LANGUAGE sql STABLE AS $$
SELECT 1 FROM deliveries WHERE channel = $1 AND status = 'pending' AND next_attempt_at <= $2 LIMIT 1
$$;

CREATE FUNCTION almanac_claim_deliveries(text, timestamptz, uuid, text, timestamptz, bigint, bigint)
RETURNS void
LANGUAGE sql VOLATILE AS $$
UPDATE deliveries
SET claim = $3, claimed_by = $4, next_attempt_at = $5, attempts = attempts + 1, updated_at = $2
WHERE id = ANY (ARRAY(
    WITH RECURSIVE tenants (organization) AS (
        SELECT (
            SELECT organization_id FROM deliveries WHERE channel = $1 AND status = 'pending'
            ORDER BY organization_id LIMIT 1
        )
        UNION ALL
        SELECT (
            SELECT organization_id FROM deliveries
            WHERE channel = $1 AND status = 'pending' AND organization_id > organization
            ORDER BY organization_id LIMIT 1
        ) FROM tenants WHERE organization IS NOT NULL
    )
    SELECT d.id FROM tenants CROSS JOIN LATERAL (
        SELECT id, next_attempt_at FROM deliveries
        WHERE channel = $1 AND status = 'pending' AND organization_id = organization AND next_attempt_at <= $2
        ORDER BY next_attempt_at LIMIT $7 FOR UPDATE SKIP LOCKED
    ) d
    ORDER BY d.next_attempt_at, d.id LIMIT $6
))
$$;

CREATE FUNCTION almanac_claimed_deliveries(uuid)
RETURNS TABLE (
    id uuid, attempts integer, target text, created_at timestamptz, give_up_at timestamptz, organization_id uuid,
    organization_deleted_at timestamptz, event_id uuid, type text, seq bigint, subject_id uuid, occurred_at timestamptz,
    payload json, notice_organization_id uuid, organization_name text, calendar_id uuid, calendar_name text,
    timezone text, owner_name text, owner_email text, notify json
)
LANGUAGE sql STABLE AS $$
SELECT d.id, d.attempts, d.target, d.created_at, d.give_up_at, d.organization_id, o.deleted_at, e.id, e.type, e.seq,
    e.subject_id, e.occurred_at, e.payload, e.organization_id, o.name, c.id, c.name, c.timezone, c.owner_name,
    c.owner_email, c.notify
FROM deliveries d
JOIN events e ON e.calendar_id = d.calendar_id AND e.seq = d.seq
JOIN calendars c ON c.id = e.calendar_id
JOIN organizations o ON o.id = e.organization_id
WHERE d.claim = $1 ORDER BY d.id
$$;

CREATE FUNCTION almanac_release_deliveries(text, timestamptz)
RETURNS void
LANGUAGE sql VOLATILE AS $$
UPDATE deliveries SET next_attempt_at = $2, updated_at = $2, claim = NULL, claimed_by = NULL
WHERE claim IS NOT NULL AND claimed_by = $1
$$;

-- With every batch that keeps answers: its plan is kept by the session, as an SQL function's is not.
CREATE FUNCTION almanac_purge_keys(timestamptz, bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
DELETE FROM idempotency_keys WHERE ctid IN (
    SELECT ctid FROM idempotency_keys WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
);
END
$$;

-- They run as almanac_definer, with names that mean this schema's tables whatever the caller has in its path or among
-- its temporary tables, and almanac_app alone may call them.
DO $$
DECLARE
    home name := current_schema();
    found record;
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO almanac_app, almanac_definer', home);
    EXECUTE format('GRANT CREATE ON SCHEMA %I TO almanac_definer', home);
    FOR found IN
        SELECT oid::regprocedure AS signature FROM pg_proc
        WHERE pronamespace = home::regnamespace AND proname LIKE 'almanac\_%'
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

-- What the server does with each table: what happened is added and never altered.
GRANT SELECT, INSERT, UPDATE ON organizations, api_keys, calendars, calendar_heads, appointments, deliveries
    TO almanac_app;
GRANT SELECT, INSERT, DELETE ON business_hours, time_slots, idempotency_keys, outbox TO almanac_app;
GRANT SELECT, INSERT ON contacts, appointment_reminders, appointment_cancellations, events, audit_log TO almanac_app;
GRANT SELECT ON schema_migrations TO almanac_app;

GRANT SELECT ON organizations, api_keys, calendars, time_slots, events, outbox TO almanac_definer;
GRANT SELECT, UPDATE ON deliveries TO almanac_definer;
GRANT SELECT, UPDATE, DELETE ON idempotency_keys TO almanac_definer;

-- Forced: the tables' owner sees nothing either, unless it is a superuser.
DO $$
DECLARE
    target text;
    owner_column text;
BEGIN
    FOREACH target IN ARRAY ARRAY[
        'organizations', 'api_keys', 'calendars', 'business_hours', 'calendar_heads', 'time_slots', 'contacts',
        'appointments', 'appointment_reminders', 'appointment_cancellations', 'events', 'audit_log',
        'idempotency_keys', 'outbox', 'deliveries'
    ] LOOP
        owner_column := CASE target WHEN 'organizations' THEN 'id' ELSE 'organization_id' END;
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', target);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', target);
        -- The organizations of the transaction, looked up once for each statement; none if they are not said.
        EXECUTE format(
            $policy$
            CREATE POLICY almanac_tenant ON %I TO almanac_app
            USING (%I = ANY ((SELECT NULLIF(current_setting('almanac.organizations', true), '')::uuid[])::uuid[]))
            $policy$,
            target, owner_column
        );
    END LOOP;
    FOREACH target IN ARRAY ARRAY[
        'organizations', 'api_keys', 'calendars', 'time_slots', 'events', 'outbox', 'deliveries', 'idempotency_keys'
    ] LOOP
        EXECUTE format('CREATE POLICY almanac_definer ON %I TO almanac_definer USING (true)', target);
    END LOOP;
END
$$;
