-- An appointment keeps its contact as its booking gave it. The organization's own contact is found by one key, which one
-- index serves.

ALTER TABLE appointments
    ADD COLUMN contact_name text,
    ADD COLUMN contact_email text,
    ADD COLUMN contact_phone text,
    ADD COLUMN contact_timezone text,
    ADD COLUMN contact_locale text;

-- The one who migrates sees no rows while row security is forced upon it.
ALTER TABLE appointments NO FORCE ROW LEVEL SECURITY;
ALTER TABLE contacts NO FORCE ROW LEVEL SECURITY;
UPDATE appointments a SET contact_name = c.name, contact_email = c.email, contact_phone = c.phone,
    contact_timezone = c.timezone, contact_locale = c.locale
    FROM contacts c WHERE c.id = a.contact_id;
ALTER TABLE contacts FORCE ROW LEVEL SECURITY;
ALTER TABLE appointments FORCE ROW LEVEL SECURITY;

ALTER TABLE appointments
    ALTER COLUMN contact_name SET NOT NULL,
    ALTER COLUMN contact_email SET NOT NULL;

-- Organization and address in one: two indexes that begin with the organization would serve a look-up by address alike
-- while the table is small, and the plan that reads all of an organization's contacts would be kept.
ALTER TABLE contacts ADD COLUMN address text COLLATE "C" NOT NULL
    GENERATED ALWAYS AS (encode(uuid_send(organization_id), 'hex') || ' ' || email_key) STORED;
CREATE UNIQUE INDEX contacts_address ON contacts (address) WHERE deleted_at IS NULL;
DROP INDEX contacts_email;

-- For the same reason the pair that appointments refer to begins with the id.
ALTER TABLE appointments DROP CONSTRAINT appointments_of_contact;
ALTER TABLE contacts DROP CONSTRAINT contacts_tenant;
ALTER TABLE contacts ADD CONSTRAINT contacts_tenant UNIQUE (id, organization_id);
ALTER TABLE appointments ADD CONSTRAINT appointments_of_contact
    FOREIGN KEY (organization_id, contact_id) REFERENCES contacts (organization_id, id);

-- Members too are looked up by their id, or by what their tokens name them by, and by nothing that another index could
-- serve; pages of them have an index of those that are there.
CREATE INDEX members_named ON members (subject, organization_id);
DROP INDEX members_subject_ever;
ALTER TABLE team_members DROP CONSTRAINT team_members_member;
ALTER TABLE calendar_shares DROP CONSTRAINT calendar_shares_member;
ALTER TABLE members DROP CONSTRAINT members_tenant;
ALTER TABLE members ADD CONSTRAINT members_tenant UNIQUE (id, organization_id);
CREATE INDEX members_organization ON members (organization_id, id) WHERE deleted_at IS NULL;
ALTER TABLE team_members ADD CONSTRAINT team_members_member
    FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id);
ALTER TABLE calendar_shares ADD CONSTRAINT calendar_shares_member
    FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id);

-- A booking fills what a contact lacks, and changes nothing else of it.
GRANT UPDATE (phone, timezone, locale, updated_at) ON contacts TO almanac_app;

-- Who sees a row is looked at in the row: as a condition of indexes it would let a statement begin with all that an
-- organization has, which looks as good as any look-up while that is little.
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT c.oid::regclass AS target, CASE c.relname WHEN 'organizations' THEN 'id' ELSE 'organization_id' END AS named
        FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
        WHERE p.polname = 'almanac_tenant' AND c.relnamespace = current_schema()::regnamespace
    LOOP
        EXECUTE format(
            $policy$
            ALTER POLICY almanac_tenant ON %s USING (
                (%I = ANY ((SELECT NULLIF(current_setting('almanac.organizations', true), '')::uuid[])::uuid[])) IS TRUE
            )
            $policy$,
            found.target, found.named
        );
    END LOOP;
END
$$;
