-- Who is told of an appointment, who placed a hold, and until when a key counts.

-- organizer: {"name", "email"}, the one of the first invitation, whatever the calendar's owner is today; without an email
-- it is the installation. hosts: [{"name", "email", "since"}], those of the calendar's side who have been told, each since
-- which version of the appointment.
ALTER TABLE appointments ADD COLUMN organizer TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(organizer));
ALTER TABLE appointments ADD COLUMN hosts TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(hosts));

-- What is not known any more is taken to be as today. One that was cancelled has nothing more to tell.
UPDATE appointments SET
    organizer = (
        SELECT json_object('name', coalesce(c.owner_name, c.name), 'email', c.owner_email)
        FROM calendars c WHERE c.id = appointments.calendar_id
    ),
    hosts = (
        SELECT json_group_array(json_object('name', h.name, 'email', h.email, 'since', 1))
        FROM (
            SELECT c.owner_name AS name, c.owner_email AS email FROM calendars c
            WHERE c.id = appointments.calendar_id AND c.owner_email IS NOT NULL
            UNION ALL
            SELECT NULL, n.value FROM calendars c, json_each(c.notify) n WHERE c.id = appointments.calendar_id
        ) h
    )
WHERE status <> 'cancelled';

-- The credential that placed a hold; of appointments NULL.
ALTER TABLE time_slots ADD COLUMN holder TEXT;

ALTER TABLE api_keys ADD COLUMN expires_at INTEGER;
