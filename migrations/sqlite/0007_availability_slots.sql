-- What each calendar offered on each of its days, and when the next day's record is due.

CREATE TABLE availability_slots (
    calendar_id BLOB NOT NULL,
    -- A local date of the calendar's zone, as in 2026-11-02.
    date TEXT NOT NULL CHECK (length(date) = 10),
    organization_id BLOB NOT NULL,
    timezone TEXT NOT NULL,
    -- Open minutes times capacity.
    offered_minutes INTEGER NOT NULL CHECK (offered_minutes >= 0),
    capacity INTEGER NOT NULL CHECK (capacity >= 1),
    slot_minutes INTEGER NOT NULL CHECK (slot_minutes >= 1),
    slot_count INTEGER NOT NULL CHECK (slot_count >= 0),
    -- The starts: seconds since the one before (the first: since the date began), each in LEB128.
    starts BLOB NOT NULL,
    generated_at INTEGER NOT NULL,
    -- Made some time after the date was over.
    is_late INTEGER NOT NULL CHECK (is_late IN (0, 1)),
    PRIMARY KEY (calendar_id, date),
    FOREIGN KEY (organization_id, calendar_id) REFERENCES calendars (organization_id, id)
) WITHOUT ROWID;

-- One row for each calendar that is not deleted. next_date is the first local date that has no record yet, due_at the
-- instant at which it will have ended. fingerprint is that of the zone's file by which the calendar's owner was last told
-- its hours; NULL where nobody has looked yet.
CREATE TABLE calendar_clocks (
    calendar_id BLOB NOT NULL PRIMARY KEY,
    organization_id BLOB NOT NULL,
    timezone TEXT NOT NULL,
    fingerprint INTEGER,
    next_date TEXT NOT NULL CHECK (length(next_date) = 10),
    due_at INTEGER NOT NULL,
    FOREIGN KEY (organization_id, calendar_id) REFERENCES calendars (organization_id, id)
) WITHOUT ROWID;
CREATE INDEX calendar_clocks_organization ON calendar_clocks (organization_id);
CREATE INDEX calendar_clocks_due ON calendar_clocks (due_at, calendar_id);
CREATE INDEX calendar_clocks_zone ON calendar_clocks (timezone, fingerprint, calendar_id);

INSERT INTO calendar_clocks (calendar_id, organization_id, timezone, fingerprint, next_date, due_at)
    SELECT id, organization_id, timezone, NULL, date('now', '-1 day'), unixepoch() * 1000000
    FROM calendars WHERE deleted_at IS NULL;
