import Logging
import PostgresMigrations

extension PostgresDatabase {
    /// This program's migrations on a server.
    public static func migrator(_ configuration: PostgresConfiguration) -> PostgresMigrator {
        PostgresMigrator(
            configuration,
            migrations: PostgresMigrations.all.map {
                PostgresMigrator.Migration(number: $0.number, name: $0.name, sql: $0.sql)
            }
        )
    }

    /// Throws ``StoreError/Code/durability`` unless what was committed has been flushed when it is answered.
    public func assertDurability() async throws(StoreError) {
        let rows = try await pool.query(
            "SELECT current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes')"
        )
        guard let row = rows.first else { throw StoreError(.durability, "the server does not tell its settings") }
        guard try row.text(0) == "on" else { throw StoreError(.durability, "fsync is off") }
        guard try row.text(1) != "off" else { throw StoreError(.durability, "synchronous_commit is off") }
        guard try row.text(2) == "on" else { throw StoreError(.durability, "full_page_writes is off") }
    }
}
