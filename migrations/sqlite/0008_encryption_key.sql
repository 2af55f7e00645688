-- By which encryption.key the installation works: the first start leaves the key's fingerprint here, and with another key
-- the server does not start. A fingerprint is a hash under the key itself (HKDF): it tells nothing of it.
CREATE TABLE encryption_key (
    only_row INTEGER NOT NULL PRIMARY KEY DEFAULT 1 CHECK (only_row = 1),
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32)
) WITHOUT ROWID;

-- Kept answers are sealed for their place from now on: those of before do not open there, and go. They are kept for a day.
DELETE FROM idempotency_keys WHERE response IS NOT NULL;
