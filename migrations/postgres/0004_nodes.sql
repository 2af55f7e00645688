-- Several nodes on one database: who lives, and which of the 256 shards is whose until when, by this server's clock.

CREATE TABLE nodes (
    id text NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 100),
    -- Another one for each start of the process.
    incarnation uuid NOT NULL UNIQUE,
    url text NOT NULL,
    process text NOT NULL,
    is_draining boolean NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL
);

-- epoch grows whenever a shard changes hands: every write names the one it was decided under.
CREATE TABLE leases (
    shard bigint NOT NULL PRIMARY KEY CHECK (shard BETWEEN 0 AND 255),
    owner text,
    incarnation uuid,
    epoch bigint NOT NULL DEFAULT 0 CHECK (epoch >= 0),
    expires_at timestamptz NOT NULL,
    CHECK ((owner IS NULL) = (incarnation IS NULL))
) WITH (fillfactor = 50);

INSERT INTO leases (shard, expires_at) SELECT shard, now() FROM generate_series(0, 255) AS shard;

DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'almanac_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON nodes TO almanac_app;
        GRANT SELECT, UPDATE ON leases TO almanac_app;
    END IF;
END
$$;
