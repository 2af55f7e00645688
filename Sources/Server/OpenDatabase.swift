import SQL
import RedisDriver
import PostgresDriver
import AlmanacRuntime
import Logging
import Scheduling

/// The database of an installation, opened, with a current schema and checked durability.
struct OpenDatabase: Sendable {
    let database: any Database
    /// How many transactions may run at once.
    let committers: Int
    let secrets: Secrets
    /// What several nodes share; nil if only one node can run.
    let shared: Shared?
    let close: @Sendable () async -> Void

    /// What the database does for several nodes.
    struct Shared: Sendable {
        let incarnation: ID
        let leases: PostgresLeaseStore
        let pool: PostgresPool

        /// Calls `heard` after each announcement on the channel, and whenever one may have been lost, until the task is
        /// cancelled.
        func hear(_ channel: String, _ heard: @Sendable () -> Void) async {
            guard let announcements = try? pool.listen(channel) else { return }
            for await _ in announcements { heard() }
        }

        func announce(_ channel: String) async {
            _ = try? await pool.query("SELECT pg_notify($1, '')", [.text(channel)])
        }
    }

    /// The channel on which nodes announce ended credentials and changed memberships.
    static let revocations = "almanac_credentials"

    static func open(_ configuration: AlmanacConfiguration, logger: Logger) async throws -> OpenDatabase {
        switch configuration.database {
        case .sqlite(let path):
            let database = try SQLiteDatabase(path: path)
            try SQLiteMigrator(database.store).migrate { step in
                logger.info("migrated", metadata: ["migration": "\(step.number)", "name": "\(step.name)"])
            }
            let secrets: Secrets
            do {
                secrets = try Self.secrets(configuration, beside: path, database.store)
            } catch {
                database.store.close()
                throw error
            }
            return OpenDatabase(
                database: database,
                // SQLite writes one transaction at a time. A second committer would only form its batch too early.
                committers: 1, secrets: secrets, shared: nil, close: { database.store.close() }
            )
        case .postgres(let url):
            let incarnation = IDGenerator(clock: SystemClock()).next()
            var settings = PostgresConfiguration(url: url)
            settings.applicationName = PostgresLeaseStore.applicationName(incarnation)
            try await PostgresDatabase.migrator(settings).migrate { step in
                logger.info("migrated", metadata: ["migration": "\(step.number)", "name": "\(step.name)"])
            }
            let secrets = try secrets(configuration.encryptionKey ?? [])
            try await PostgresDatabase.examine(settings)
            guard try await PostgresDatabase.keep(secrets.fingerprint, settings) == .same else {
                throw ConfigurationError(errors: [KeyAdvice.otherNode])
            }
            let database = try PostgresDatabase(settings, logger: logger)
            return OpenDatabase(
                database: database, committers: settings.writers.connections, secrets: secrets,
                shared: Shared(
                    incarnation: incarnation,
                    leases: PostgresLeaseStore(pool: database.pool, configuration: settings, secrets: secrets),
                    pool: database.pool
                ),
                close: { await database.pool.close(within: .seconds(2)) }
            )
        }
    }

    /// The store of hot state, if several nodes share some. A SQLite file serves one process, which has nobody to share
    /// it with.
    func hot(_ configuration: AlmanacConfiguration, logger: Logger) throws(ConfigurationError) -> RedisHotStore? {
        guard let address = configuration.redis.address else { return nil }
        guard shared != nil else {
            logger.notice("redis.url is of no use with SQLite, and is not used")
            return nil
        }
        do throws(RedisError) {
            return try RedisHotStore(RedisConfiguration(address), secrets: secrets, logger: logger)
        } catch {
            throw ConfigurationError(errors: ["redis.url: \(error)"])
        }
    }

    private static func secrets(
        _ configuration: AlmanacConfiguration, beside path: String, _ store: SQLiteStore
    ) throws -> Secrets {
        let file = KeyFile(beside: path)
        let key = try configuration.encryptionKey ?? file.key(mayMake: !store.hasKey())
        let secrets = try secrets(key)
        guard try store.keep(secrets.fingerprint) == .same else {
            throw ConfigurationError(errors: [
                configuration.encryptionKey == nil ? KeyAdvice.otherFile(file) : KeyAdvice.otherSetting(file)
            ])
        }
        return secrets
    }

    private static func secrets(_ key: [UInt8]) throws(ConfigurationError) -> Secrets {
        guard let secrets = Secrets(key: key) else {
            throw ConfigurationError(errors: ["encryption.key: must be 32 bytes in base64"])
        }
        return secrets
    }
}
