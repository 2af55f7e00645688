-- Who belongs to an organization, in which teams, and to whom calendars are given.

CREATE TABLE members (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    email TEXT,
    -- What its tokens name it by.
    subject TEXT NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
    is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
);
CREATE UNIQUE INDEX members_tenant ON members (organization_id, id);
CREATE UNIQUE INDEX members_subject ON members (organization_id, subject) WHERE deleted_at IS NULL;
-- Those that were deleted too: their tokens are to be recognized.
CREATE INDEX members_subject_ever ON members (organization_id, subject);

CREATE TABLE teams (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
);
CREATE UNIQUE INDEX teams_tenant ON teams (organization_id, id);

-- A team that is deleted has no rows any more.
CREATE TABLE team_members (
    team_id BLOB NOT NULL,
    member_id BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    PRIMARY KEY (team_id, member_id),
    FOREIGN KEY (organization_id, team_id) REFERENCES teams (organization_id, id),
    FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id)
) WITHOUT ROWID;
CREATE INDEX team_members_of ON team_members (organization_id, member_id);

-- Rows are added, and deleted once; nothing else of them ever changes.
CREATE TABLE calendar_shares (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    organization_id BLOB NOT NULL,
    calendar_id BLOB NOT NULL,
    grantee_type TEXT NOT NULL CHECK (grantee_type IN ('member', 'team', 'organization', 'link')),
    member_id BLOB,
    -- Of a member's tokens, where nobody of that name is registered.
    subject TEXT CHECK (length(subject) BETWEEN 1 AND 255),
    team_id BLOB,
    permission TEXT NOT NULL CHECK (permission IN ('view_free_busy', 'view', 'book', 'edit', 'manage')),
    secret_hash BLOB CHECK (length(secret_hash) = 32),
    expires_at INTEGER,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at INTEGER NOT NULL,
    deleted_at INTEGER,
    CHECK (
        (grantee_type = 'member') = ((member_id IS NULL) <> (subject IS NULL))
        AND (grantee_type = 'team') = (team_id IS NOT NULL)
        AND (grantee_type = 'link') = (secret_hash IS NOT NULL)
        AND (grantee_type = 'member' OR (member_id IS NULL AND subject IS NULL))
        AND (grantee_type <> 'link' OR permission IN ('view_free_busy', 'view', 'book'))
    ),
    FOREIGN KEY (organization_id, calendar_id) REFERENCES calendars (organization_id, id),
    FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id),
    FOREIGN KEY (organization_id, team_id) REFERENCES teams (organization_id, id)
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
