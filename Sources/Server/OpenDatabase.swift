import AlmanacRuntime
import Logging

/// The record of an installation: opened, its schema brought up to date, its durability looked at.
struct OpenDatabase: Sendable {
    let database: any Database
    /// How many transactions may be under way at once.
    let committers: Int
    let secrets: Secrets
    let close: @Sendable () async -> Void

    static func open(_ configuration: AlmanacConfiguration, logger: Logger) async throws -> OpenDatabase {
        switch configuration.database {
        case .sqlite(let path):
            let database = try SQLiteDatabase(path: path)
            try SQLiteMigrator(database.store).migrate { step in
                logger.info("migrated", metadata: ["migration": "\(step.number)", "name": "\(step.name)"])
            }
            return OpenDatabase(
                database: database,
                // SQLite writes one transaction at a time: a second batch would only be formed too early.
                committers: 1, secrets: try secrets(configuration.encryptionKey ?? KeyFile(beside: path).key()),
                close: { database.store.close() }
            )
        case .postgres(let url):
            let settings = PostgresConfiguration(url: url)
            try await PostgresDatabase.migrator(settings).migrate { step in
                logger.info("migrated", metadata: ["migration": "\(step.number)", "name": "\(step.name)"])
            }
            let secrets = try secrets(configuration.encryptionKey ?? [])
            try await PostgresDatabase.examine(settings)
            let database = try PostgresDatabase(settings, logger: logger)
            return OpenDatabase(
                database: database, committers: settings.writers.connections, secrets: secrets,
                close: { await database.pool.close(within: .seconds(2)) }
            )
        }
    }

    private static func secrets(_ key: [UInt8]) throws(ConfigurationError) -> Secrets {
        guard let secrets = Secrets(key: key) else {
            throw ConfigurationError(errors: ["encryption.key: must be 32 bytes in base64"])
        }
        return secrets
    }
}
