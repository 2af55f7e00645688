@testable import SQL
@testable import PostgresDriver
import Scheduling
import Testing

@testable import AlmanacRuntime

/// A migrated database with one row of an organization in each table that has tenants' rows.
enum TenantTables {
    static let one = ID(high: 1, low: 1)
    static let other = ID(high: 1, low: 2)
    static let calendar = ID(high: 2, low: 1)

    /// Tables that no tenant has rows in. A table that is neither here nor has `organization_id` fails a test.
    static let shared: Set<String> = ["schema_migrations", "nodes", "leases", "encryption_key"]

    static func make() async throws {
        try await PostgresFixture.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        try await PostgresDatabase.migrator(PostgresFixture.configuration()).migrate()
        try await PostgresFixture.execute(rows)
    }

    /// Every table of the schema.
    static func all() async throws -> [String] {
        try await PostgresFixture.withSession { session in
            try await session.query(
                """
                SELECT relname::text FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1
                """
            ).map { try $0.text(0) }
        }
    }

    static func withRows() async throws -> [String] { try await all().filter { !shared.contains($0) } }

    /// Runs the body as the runtime's role in a transaction of its own, for these organizations; nil says nothing.
    static func asRuntime<T>(
        for organizations: [ID]?, _ body: (PostgresSession) async throws -> T
    ) async throws -> T {
        try await PostgresFixture.withSession { session in
            try await session.execute(PostgresDatabase.assumeRole)
            return try await session.withTransaction { session in
                if let organizations {
                    let list = "{\(organizations.map(\.description).joined(separator: ","))}"
                    try await session.query("SELECT set_config('almanac.organizations', $1, true)", [.text(list)])
                }
                return try await body(session)
            }
        }
    }

    private static let rows = """
        INSERT INTO organizations VALUES
            ('\(one)', 'One', 'one', 1, now(), now(), NULL), ('\(other)', 'Other', 'other', 1, now(), now(), NULL);
        INSERT INTO api_keys VALUES
            (gen_random_uuid(), '\(one)', 'k', 'p', sha256('k'), '[]', now(), NULL);
        INSERT INTO calendars (id, organization_id, name, slug, timezone, is_active, notify, slot_duration_minutes,
            allowed_durations_minutes, slot_interval_minutes, min_notice_minutes, horizon_days, capacity,
            requires_confirmation, cancellation_notice_minutes, reschedule_notice_minutes, hold_minutes, reminders,
            metadata, version, created_at, updated_at)
        VALUES ('\(calendar)', '\(one)', 'C', 'c', 'UTC', true, '[]', 30, '[30]', 30, 0, 60, 1, false, 0, 0, 5, '[]', '{}',
            1, now(), now());
        INSERT INTO business_hours VALUES ('\(calendar)', 0, 540, 1020, '\(one)');
        INSERT INTO availability_rules (id, organization_id, calendar_id, kind, starts_on, hours, version, created_at, updated_at)
        VALUES ('\(calendar)', '\(one)', '\(calendar)', 'fixed', '2026-11-11', '[]', 1, now(), now());
        INSERT INTO buffer_times (id, organization_id, calendar_id, kind, minutes, version, created_at, updated_at)
        VALUES ('\(calendar)', '\(one)', '\(calendar)', 'after', 15, 1, now(), now());
        INSERT INTO break_times (id, organization_id, calendar_id, kind, days_of_week, start_minute, end_minute, version,
            created_at, updated_at)
        VALUES ('\(calendar)', '\(one)', '\(calendar)', 'fixed', '[[0]]', 720, 780, 1, now(), now());
        INSERT INTO blackout_dates (id, organization_id, calendar_id, starts_on, ends_on, repeats_yearly, version, created_at,
            updated_at)
        VALUES ('\(calendar)', '\(one)', '\(calendar)', '2026-12-24', '2026-12-26', true, 1, now(), now());
        INSERT INTO calendar_heads VALUES ('\(calendar)', 0, 1, '\(one)');
        INSERT INTO calendar_clocks VALUES ('\(calendar)', '\(one)', 'UTC', 1, '2026-06-01', now());
        INSERT INTO availability_slots VALUES
            ('\(calendar)', '2026-06-01', '\(one)', 'UTC', 480, 1, 30, 16, '\\x00', now(), false);
        INSERT INTO time_slots (calendar_id, seat, starts_at, ends_at, kind, owner, organization_id) VALUES
            ('\(calendar)', 0, '2026-06-01 09:00Z', '2026-06-01 10:00Z', 'appointment', '\(calendar)', '\(one)');
        INSERT INTO contacts VALUES ('\(one)', '\(one)', 'N', 'n@example.org', 'n', NULL, NULL, NULL, now(), now(), NULL);
        INSERT INTO appointments (id, organization_id, calendar_id, contact_id, attendees, starts_at, ends_at, status, seat,
            source, reminders, metadata, version, created_at, updated_at, contact_name, contact_email)
        VALUES ('\(calendar)', '\(one)', '\(calendar)', '\(one)', '[]', '2026-06-01 09:00Z', '2026-06-01 10:00Z',
            'cancelled', 0, 'api', '[]', '{}', 1, now(), now(), 'N', 'n@example.org');
        INSERT INTO appointment_reminders VALUES ('\(calendar)', 0, 'email', 60, now(), '\(one)');
        INSERT INTO appointment_cancellations VALUES ('\(calendar)', 'host', NULL, now(), '\(one)');
        INSERT INTO members VALUES
            ('\(one)', '\(one)', 'M', NULL, 'm', true, 1, now(), now(), NULL);
        INSERT INTO teams VALUES ('\(one)', '\(one)', 'T', 1, now(), now(), NULL);
        INSERT INTO team_members VALUES ('\(one)', '\(one)', '\(one)');
        INSERT INTO calendar_shares (id, organization_id, calendar_id, grantee_type, subject, permission, created_at)
            VALUES ('\(one)', '\(one)', '\(calendar)', 'member', 's', 'view', now());
        INSERT INTO events VALUES ('\(calendar)', 1, '\(calendar)', '\(one)', 't', '\(calendar)', now(), '{}');
        INSERT INTO audit_log VALUES (gen_random_uuid(), '\(one)', 'a', '\(one)', 'p', 'r', now());
        INSERT INTO idempotency_keys VALUES ('\(one)', 'c', 'r', 'k', '\\x01', 201, '\(calendar)', 1, NULL, now(), now());
        INSERT INTO outbox VALUES ('\(calendar)', '\(calendar)', 1, '\(one)');
        INSERT INTO deliveries (id, organization_id, calendar_id, seq, event_id, channel, target, status, next_attempt_at,
            give_up_at, created_at, updated_at)
        VALUES (gen_random_uuid(), '\(one)', '\(calendar)', 1, '\(calendar)', 'email', 't', 'pending', now(), now(), now(),
            now());
        """
}
