-- What the server's role never does with a table it may not do.
DO $$
DECLARE
    target record;
    columns text;
BEGIN
    -- A row keeps its id, its tenant, its calendar and its beginning: only the other columns are altered.
    FOR target IN
        SELECT c.oid, c.relname FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
            AND has_table_privilege('almanac_app', c.oid, 'UPDATE')
    LOOP
        SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) INTO columns
        FROM pg_attribute a
        WHERE a.attrelid = target.oid AND a.attnum > 0 AND NOT a.attisdropped
            AND a.attname NOT IN ('id', 'organization_id', 'calendar_id', 'created_at', 'hash', 'prefix', 'secret_hash')
            AND NOT EXISTS (
                SELECT FROM pg_index i WHERE i.indrelid = target.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)
            );
        EXECUTE format('REVOKE UPDATE ON %I FROM almanac_app', target.relname);
        EXECUTE format('GRANT UPDATE (%s) ON %I TO almanac_app', columns, target.relname);
    END LOOP;
    -- Hashes of keys and of links' secrets are looked up by functions, and read by nobody.
    FOR target IN
        SELECT c.oid, c.relname FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relname IN ('api_keys', 'calendar_shares')
    LOOP
        SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) INTO columns
        FROM pg_attribute a
        WHERE a.attrelid = target.oid AND a.attnum > 0 AND NOT a.attisdropped
            AND a.attname NOT IN ('hash', 'secret_hash');
        EXECUTE format('REVOKE SELECT ON %I FROM almanac_app', target.relname);
        EXECUTE format('GRANT SELECT (%s) ON %I TO almanac_app', columns, target.relname);
    END LOOP;
END
$$;

-- A key and a share end once, and are never altered otherwise.
REVOKE UPDATE ON api_keys, calendar_shares FROM almanac_app;
GRANT UPDATE (revoked_at) ON api_keys TO almanac_app;
GRANT UPDATE (deleted_at) ON calendar_shares TO almanac_app;
