-- An appointment keeps its contact as its booking gave it. The organization's own contact is found by one key, which one
-- index serves.

ALTER TABLE appointments ADD COLUMN contact_name TEXT NOT NULL DEFAULT '';
ALTER TABLE appointments ADD COLUMN contact_email TEXT NOT NULL DEFAULT '';
ALTER TABLE appointments ADD COLUMN contact_phone TEXT;
ALTER TABLE appointments ADD COLUMN contact_timezone TEXT;
ALTER TABLE appointments ADD COLUMN contact_locale TEXT;
UPDATE appointments SET (contact_name, contact_email, contact_phone, contact_timezone, contact_locale) =
    (SELECT c.name, c.email, c.phone, c.timezone, c.locale FROM contacts c WHERE c.id = appointments.contact_id);

-- Organization and address in one: see the same migration of PostgreSQL.
ALTER TABLE contacts ADD COLUMN address TEXT
    GENERATED ALWAYS AS (lower(hex(organization_id)) || ' ' || email_key) VIRTUAL;
CREATE UNIQUE INDEX contacts_address ON contacts (address) WHERE deleted_at IS NULL;
DROP INDEX contacts_email;

CREATE INDEX members_named ON members (subject, organization_id);
DROP INDEX members_subject_ever;
