-- By which encryption.key the installation works: the first node that starts leaves the key's fingerprint here, and a node
-- with another key does not start. A fingerprint is a hash under the key itself (HKDF): it tells nothing of it.
CREATE TABLE encryption_key (
    only_row boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (only_row),
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32)
);

-- The server's role may ask whether a fingerprint is the one, and leave one where there is none. It has no right to the
-- table: it neither reads what is there nor replaces it.
CREATE FUNCTION almanac_is_encryption_key(bytea)
RETURNS TABLE (is_same boolean)
LANGUAGE sql STABLE AS $$
SELECT fingerprint = $1 FROM encryption_key
$$;

CREATE FUNCTION almanac_keep_encryption_key(bytea)
RETURNS void
LANGUAGE sql VOLATILE AS $$
INSERT INTO encryption_key (fingerprint) VALUES ($1) ON CONFLICT (only_row) DO NOTHING
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
            AND proname IN ('almanac_is_encryption_key', 'almanac_keep_encryption_key')
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

GRANT SELECT, INSERT ON encryption_key TO almanac_definer;

-- Kept answers are sealed for their place from now on: those of before do not open there, and go. They are kept for a day.
-- The one who migrates sees no rows while row security is forced upon it.
ALTER TABLE idempotency_keys NO FORCE ROW LEVEL SECURITY;
DELETE FROM idempotency_keys WHERE response IS NOT NULL;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
