-- What is to be told of what happened, and what became of it.

-- Events that the channels have not been asked about yet. A row is written in its event's transaction and removed in the
-- one that writes the event's deliveries.
CREATE TABLE outbox (
    event_id uuid NOT NULL PRIMARY KEY,
    calendar_id uuid NOT NULL,
    seq bigint NOT NULL,
    FOREIGN KEY (calendar_id, seq) REFERENCES events (calendar_id, seq)
);

-- One event to one target through one channel. While it is pending, next_attempt_at says when it is due; a claim moves
-- that into the future, so that an attempt whose end nobody reports is made again.
CREATE TABLE deliveries (
    id uuid NOT NULL PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations (id),
    calendar_id uuid NOT NULL,
    seq bigint NOT NULL,
    event_id uuid NOT NULL,
    channel text NOT NULL,
    target text NOT NULL,
    status text NOT NULL CHECK (status IN ('pending', 'delivered', 'rejected', 'dead')),
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_attempt_at timestamptz,
    give_up_at timestamptz NOT NULL,
    claim uuid,
    claimed_by text,
    last_error text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    delivered_at timestamptz,
    CHECK ((status = 'pending') = (next_attempt_at IS NOT NULL)),
    CHECK ((status = 'delivered') = (delivered_at IS NOT NULL)),
    CHECK ((claim IS NULL) = (claimed_by IS NULL)),
    CHECK (claim IS NULL OR status = 'pending'),
    UNIQUE (event_id, channel, target),
    FOREIGN KEY (calendar_id, seq) REFERENCES events (calendar_id, seq)
);
-- Those that wait, by tenant, so that a claim can take some of each.
CREATE INDEX deliveries_due ON deliveries (channel, organization_id, next_attempt_at) WHERE status = 'pending';
CREATE INDEX deliveries_claim ON deliveries (claim) WHERE claim IS NOT NULL;
-- The log: all of a tenant's, and those that ask for attention.
CREATE INDEX deliveries_organization ON deliveries (organization_id, id);
CREATE INDEX deliveries_open ON deliveries (organization_id, status, id) WHERE status <> 'delivered';

-- Holds by their end, so that one is ended in time although nobody asks for its calendar.
CREATE INDEX time_slots_expiry ON time_slots (expires_at) WHERE kind = 'hold';
