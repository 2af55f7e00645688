/// Many calendars with a past and a future, made by the database itself.
struct Crowd {
    let calendars: Int
    /// About a quarter of them lie in the future; each has its event.
    let appointments: Int
    /// Every so many calendars one is of the organization that is looked at, unless it is said how many there are.
    static let share = 10
    /// How many organizations there are; with one, everything is its own.
    var organizations: Int?
    /// How many contacts each calendar has, of its own organization.
    var contacts = 4
    /// How many members each calendar's organization has for it; all of them are one team.
    var members = 20
    /// Whether the database is to count what there is now.
    var isAnalyzed = true

    /// - Parameters:
    ///   - organization: whose calendars some of them are.
    ///   - calendar: what the others are copies of.
    func sql(_ organization: String, _ calendar: String) -> String {
        let organizations = organizations ?? max(2, calendars / Self.share)
        let each = appointments / calendars
        let owner =
            "CASE WHEN k % \(organizations) = 0 THEN '\(organization)'::uuid ELSE md5('o' || k % \(organizations))::uuid END"
        let start = "'\(TestServer.start)'::timestamptz + (n - \(each * 3 / 4)) * interval '1 hour'"
        return """
            INSERT INTO organizations SELECT md5('o' || k)::uuid, 'O', 'o-' || k, 1, now(), now(), NULL
                FROM generate_series(1, \(organizations - 1)) k;
            INSERT INTO api_keys SELECT gen_random_uuid(), md5('o' || k)::uuid, 'k', 'p', sha256(k::text::bytea), '[]', now()
                FROM generate_series(1, \(organizations - 1)) k;
            INSERT INTO calendars SELECT r.* FROM calendars c, generate_series(1, \(calendars)) k,
                LATERAL json_populate_record(c, json_build_object('id', md5('c' || k)::uuid, 'organization_id', \(owner),
                    'slug', 'c-' || k)) r
                WHERE c.id = '\(calendar)';
            INSERT INTO calendar_heads SELECT md5('c' || k)::uuid, 0, \(each), \(owner)
                FROM generate_series(1, \(calendars)) k;
            INSERT INTO business_hours SELECT md5('c' || k)::uuid, h.day_of_week, h.start_minute, h.end_minute, \(owner)
                FROM business_hours h, generate_series(1, \(calendars)) k WHERE h.calendar_id = '\(calendar)';
            INSERT INTO calendar_clocks
                SELECT md5('c' || k)::uuid, \(owner), 'Zone/' || k % 100, k % 3, '2026-11-01',
                    '\(TestServer.start)'::timestamptz + k * interval '1 minute'
                FROM generate_series(1, \(calendars)) k;
            INSERT INTO contacts
                SELECT md5('p' || k || '-' || m)::uuid, \(owner), 'N', k || '-' || m || '@example.org',
                    k || '-' || m || '@example.org', NULL, NULL, NULL, now(), now(), NULL
                FROM generate_series(1, \(calendars)) k, generate_series(0, \(contacts - 1)) m;
            INSERT INTO appointments (id, organization_id, calendar_id, contact_id, attendees, starts_at, ends_at, status,
                    seat, source, reminders, metadata, version, created_at, updated_at, contact_name, contact_email)
                SELECT md5('a' || k || '-' || n)::uuid, \(owner), md5('c' || k)::uuid, md5('p' || k || '-' || n % \(contacts))::uuid,
                    '[]', \(start), \(start) + interval '30 minutes', 'confirmed', 0, 'api', '[]', '{}', 1, now(), now(), 'N',
                    k || '-' || n % \(contacts) || '@example.org'
                FROM generate_series(1, \(calendars)) k, generate_series(1, \(each)) n;
            INSERT INTO appointment_reminders
                SELECT id, 0, 'email', 60, starts_at - interval '1 hour', organization_id FROM appointments
                ON CONFLICT DO NOTHING;
            INSERT INTO time_slots (calendar_id, seat, starts_at, ends_at, kind, owner, organization_id)
                SELECT calendar_id, seat, starts_at, ends_at, 'appointment', id, organization_id FROM appointments
                WHERE starts_at > '\(TestServer.start)'::timestamptz - interval '2 days' ORDER BY calendar_id, starts_at
                ON CONFLICT DO NOTHING;
            INSERT INTO events
                SELECT md5('c' || k)::uuid, n, md5('e' || k || '-' || n)::uuid, \(owner), 'appointment.booked',
                    md5('a' || k || '-' || n)::uuid, now(), '{}'
                FROM generate_series(1, \(calendars)) k, generate_series(1, \(each)) n;
            INSERT INTO deliveries (id, organization_id, calendar_id, seq, event_id, channel, target, status, give_up_at,
                    next_attempt_at, created_at, updated_at, delivered_at)
                SELECT gen_random_uuid(), organization_id, calendar_id, seq, id, 'log', 'organizer',
                    CASE WHEN seq % 20 = 0 THEN 'pending' ELSE 'delivered' END, now(),
                    CASE WHEN seq % 20 = 0 THEN '2030-01-01Z'::timestamptz END, now(), now(),
                    CASE WHEN seq % 20 = 0 THEN NULL ELSE now() END
                FROM events WHERE seq % 5 = 0;
            INSERT INTO audit_log
                SELECT gen_random_uuid(), organization_id, 'a', id, 'p', 'r', now() FROM events WHERE seq % 5 = 0;
            INSERT INTO idempotency_keys
                SELECT organization_id, 'c', 'r', id::text, '\\x01', 201, calendar_id, seq, NULL, now(), '2030-01-01Z'
                FROM events WHERE seq % 10 = 0;
            INSERT INTO members
                SELECT md5('m' || k || '-' || n)::uuid, \(owner), 'M', NULL, 'm' || k || '-' || n, true, 1, now(), now(), NULL
                FROM generate_series(1, \(calendars)) k, generate_series(1, \(members)) n;
            INSERT INTO teams SELECT md5('t' || k)::uuid, \(owner), 'T', 1, now(), now(), NULL
                FROM generate_series(1, \(calendars)) k;
            INSERT INTO team_members SELECT md5('t' || k)::uuid, md5('m' || k || '-' || n)::uuid, \(owner)
                FROM generate_series(1, \(calendars)) k, generate_series(1, \(members)) n;
            INSERT INTO calendar_shares
                    (id, organization_id, calendar_id, grantee_type, member_id, permission, created_at)
                SELECT md5('s' || k || '-' || n)::uuid, \(owner), md5('c' || k)::uuid, 'member',
                    md5('m' || k || '-' || n)::uuid, 'view', now()
                FROM generate_series(1, \(calendars)) k, generate_series(1, 20) n;
            INSERT INTO availability_rules (id, organization_id, calendar_id, kind, starts_on, hours, version, created_at,
                    updated_at)
                SELECT md5('r' || k || '-' || n)::uuid, \(owner), md5('c' || k)::uuid, 'fixed',
                    ('2027-01-01'::date + n)::text, '[]', 1, now(), now()
                FROM generate_series(1, \(calendars)) k, generate_series(1, 20) n;
            INSERT INTO break_times (id, organization_id, calendar_id, kind, starts_on, start_minute, end_minute, version,
                    created_at, updated_at)
                SELECT md5('b' || k || '-' || n)::uuid, \(owner), md5('c' || k)::uuid, 'one_time',
                    ('2027-01-01'::date + n)::text, 720, 780, 1, now(), now()
                FROM generate_series(1, \(calendars)) k, generate_series(1, 20) n;
            INSERT INTO blackout_dates (id, organization_id, calendar_id, starts_on, ends_on, repeats_yearly, version,
                    created_at, updated_at)
                SELECT md5('d' || k || '-' || n)::uuid, \(owner), md5('c' || k)::uuid, '2027-12-24', '2027-12-26', false,
                    1, now(), now()
                FROM generate_series(1, \(calendars)) k, generate_series(1, 20) n;
            INSERT INTO buffer_times (id, organization_id, calendar_id, kind, minutes, version, created_at, updated_at)
                SELECT md5('u' || k || '-' || n)::uuid, \(owner), md5('c' || k)::uuid, n, 5, 1, now(), now()
                FROM generate_series(1, \(calendars)) k, unnest(ARRAY['before', 'after', 'between']) n;
            INSERT INTO api_keys
                SELECT gen_random_uuid(), \(owner), 'k', 'p', sha256(('k' || k)::bytea), '[]', now()
                FROM generate_series(1, \(calendars)) k;
            \(isAnalyzed ? "ANALYZE;" : "")
            """
    }
}
