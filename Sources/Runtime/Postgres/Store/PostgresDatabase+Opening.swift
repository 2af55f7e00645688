public import SQL
public import PostgresDriver
import Logging
import Migrations

extension PostgresDatabase {
    /// The runtime's role on PostgreSQL: not the tables' owner, and bound by row security.
    public static let role = "almanac_app"

    /// The first statement on each connection.
    static let assumeRole = "SET ROLE almanac_app"

    /// This program's migrations on a server. They run as whoever logs in.
    public static func migrator(_ configuration: PostgresConfiguration) -> PostgresMigrator {
        PostgresMigrator(configuration, migrations: PostgresMigrations.all)
    }

    /// Whether a server without any table of ours takes the schema, and can be used then; see
    /// ``PostgresMigrator/rehearse(_:)``. Throws what speaks against it.
    public static func rehearse(_ configuration: PostgresConfiguration) async throws(StoreError) -> Bool {
        try await migrator(configuration).rehearse { session in
            try await assertDurability(session)
            try await assertRole(role, session)
        }
    }

    /// Examines a server before it is used; the schema must be current.
    ///
    /// Throws ``StoreError/Code/durability`` unless a commit is flushed before it is answered, and
    /// ``StoreError/Code/privileges`` unless the login may become ``role`` and row security applies to that role.
    public static func examine(_ configuration: PostgresConfiguration) async throws(StoreError) {
        try await examine(configuration, as: role)
    }

    static func examine(_ configuration: PostgresConfiguration, as role: String) async throws(StoreError) {
        do {
            try await PostgresSessions(configuration).withSession { session in
                try await assertDurability(session)
                try await assertRole(role, session)
            }
        } catch let error as StoreError {
            throw error
        } catch let error as PostgresError {
            throw error.storeError
        } catch {
            throw StoreError(.unavailable, "PostgreSQL was not looked at to the end")
        }
    }

    private static func assertDurability(_ session: PostgresSession) async throws {
        let rows = try await session.query(
            "SELECT current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes')"
        )
        guard let row = rows.first else { throw StoreError(.durability, "the server does not tell its settings") }
        guard try row.text(0) == "on" else { throw StoreError(.durability, "fsync is off") }
        guard try row.text(1) != "off" else { throw StoreError(.durability, "synchronous_commit is off") }
        guard try row.text(2) == "on" else { throw StoreError(.durability, "full_page_writes is off") }
    }

    private static func assertRole(_ role: String, _ session: PostgresSession) async throws {
        let roles = try await session.query(
            """
            SELECT rolsuper, rolbypassrls, pg_has_role(oid, 'almanac_definer', 'MEMBER') FROM pg_roles
            WHERE rolname = $1 AND EXISTS (SELECT FROM pg_roles WHERE rolname = 'almanac_definer')
            """,
            [.text(role)]
        )
        guard let row = roles.first else {
            throw StoreError(.privileges, "the roles \(role) and almanac_definer are not there")
        }
        guard try !row.bool(0) else {
            throw StoreError(.privileges, "\(role) is a superuser: tenants are not kept apart")
        }
        guard try !row.bool(1) else {
            throw StoreError(.privileges, "\(role) may bypass row security: tenants are not kept apart")
        }
        guard try !row.bool(2) else {
            throw StoreError(.privileges, "\(role) is a member of almanac_definer: tenants are not kept apart")
        }
        do {
            try await session.execute(assumeRole)
        } catch {
            guard error.sqlState == "42501" else { throw error }
            throw StoreError(.privileges, "the login may not become \(role): GRANT \(role) to it")
        }
        let open = try await session.query(unguarded)
        if let table = try open.first?.text(0) {
            throw StoreError(.privileges, "row security is not in force for \(table)")
        }
    }

    /// Tables of which the present role would see every tenant's rows.
    static let unguarded = """
        SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
            AND (a.attname = 'organization_id' OR c.relname = 'organizations' AND a.attname = 'id')
            AND NOT row_security_active(c.oid)
        ORDER BY 1 LIMIT 1
        """
}
