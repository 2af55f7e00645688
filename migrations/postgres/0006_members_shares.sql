-- Who belongs to an organization, in which teams, and to whom calendars are given.

CREATE TABLE members (
    id uuid NOT NULL PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations (id),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    email text,
    -- What its tokens name it by.
    subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
    is_active boolean NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    CONSTRAINT members_tenant UNIQUE (organization_id, id)
);
CREATE UNIQUE INDEX members_subject ON members (organization_id, subject) WHERE deleted_at IS NULL;
-- Those that were deleted too: their tokens are to be recognized.
CREATE INDEX members_subject_ever ON members (organization_id, subject);

CREATE TABLE teams (
    id uuid NOT NULL PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations (id),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    version integer NOT NULL CHECK (version >= 1),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    CONSTRAINT teams_tenant UNIQUE (organization_id, id)
);

-- A team that is deleted has no rows any more.
CREATE TABLE team_members (
    team_id uuid NOT NULL,
    member_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    PRIMARY KEY (team_id, member_id),
    CONSTRAINT team_members_team FOREIGN KEY (organization_id, team_id) REFERENCES teams (organization_id, id),
    CONSTRAINT team_members_member FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id)
);
CREATE INDEX team_members_of ON team_members (organization_id, member_id);

-- Rows are added, and deleted once; nothing else of them ever changes.
CREATE TABLE calendar_shares (
    id uuid NOT NULL PRIMARY KEY,
    organization_id uuid NOT NULL,
    calendar_id uuid NOT NULL,
    grantee_type text NOT NULL CHECK (grantee_type IN ('member', 'team', 'organization', 'link')),
    member_id uuid,
    -- Of a member's tokens, where nobody of that name is registered.
    subject text CHECK (length(subject) BETWEEN 1 AND 255),
    team_id uuid,
    permission text NOT NULL CHECK (permission IN ('view_free_busy', 'view', 'book', 'edit', 'manage')),
    secret_hash bytea CHECK (length(secret_hash) = 32),
    expires_at timestamptz,
    version integer NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at timestamptz NOT NULL,
    deleted_at timestamptz,
    CHECK (
        (grantee_type = 'member') = ((member_id IS NULL) <> (subject IS NULL))
        AND (grantee_type = 'team') = (team_id IS NOT NULL)
        AND (grantee_type = 'link') = (secret_hash IS NOT NULL)
        AND (grantee_type = 'member' OR (member_id IS NULL AND subject IS NULL))
        AND (grantee_type <> 'link' OR permission IN ('view_free_busy', 'view', 'book'))
    ),
    CONSTRAINT calendar_shares_calendar
        FOREIGN KEY (organization_id, calendar_id) REFERENCES calendars (organization_id, id),
    CONSTRAINT calendar_shares_member FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id),
    CONSTRAINT calendar_shares_team FOREIGN KEY (organization_id, team_id) REFERENCES teams (organization_id, id)
);
CREATE INDEX calendar_shares_of_calendar ON calendar_shares (calendar_id);
CREATE UNIQUE INDEX calendar_shares_secret ON calendar_shares (secret_hash) WHERE secret_hash IS NOT NULL;
CREATE UNIQUE INDEX calendar_shares_to_member ON calendar_shares (organization_id, member_id, calendar_id)
    WHERE deleted_at IS NULL AND member_id IS NOT NULL;
CREATE UNIQUE INDEX calendar_shares_to_subject ON calendar_shares (organization_id, subject, calendar_id)
    WHERE deleted_at IS NULL AND subject IS NOT NULL;
CREATE UNIQUE INDEX calendar_shares_to_team ON calendar_shares (organization_id, team_id, calendar_id)
    WHERE deleted_at IS NULL AND team_id IS NOT NULL;
CREATE UNIQUE INDEX calendar_shares_to_organization ON calendar_shares (organization_id, calendar_id)
    WHERE deleted_at IS NULL AND grantee_type = 'organization';

-- Whose calendar a link's secret names: who asks shows no other credential.
CREATE FUNCTION almanac_share_link(bytea)
RETURNS TABLE (organization_id uuid, calendar_id uuid, id uuid)
LANGUAGE sql STABLE AS $$
SELECT organization_id, calendar_id, id FROM calendar_shares WHERE secret_hash = $1 AND deleted_at IS NULL
$$;

DO $$
DECLARE
    home name := current_schema();
    target text;
BEGIN
    EXECUTE format('GRANT CREATE ON SCHEMA %I TO almanac_definer', home);
    REVOKE ALL ON FUNCTION almanac_share_link(bytea) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION almanac_share_link(bytea) TO almanac_app;
    EXECUTE format(
        'ALTER FUNCTION almanac_share_link(bytea) SECURITY DEFINER SET search_path = pg_catalog, %I, pg_temp', home
    );
    ALTER FUNCTION almanac_share_link(bytea) OWNER TO almanac_definer;
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM almanac_definer', home);
    FOREACH target IN ARRAY ARRAY['members', 'teams', 'team_members', 'calendar_shares'] LOOP
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
END
$$;

GRANT SELECT, INSERT, UPDATE ON members, teams, calendar_shares TO almanac_app;
GRANT SELECT, INSERT, DELETE ON team_members TO almanac_app;
GRANT SELECT ON calendar_shares TO almanac_definer;
CREATE POLICY almanac_definer ON calendar_shares TO almanac_definer USING (true);
