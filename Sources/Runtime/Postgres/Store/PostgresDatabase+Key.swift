public import SQL
public import PostgresDriver

extension PostgresDatabase {
    /// Asks as the serving role; the schema must be current.
    public static func standing(
        of fingerprint: [UInt8], _ configuration: PostgresConfiguration
    ) async throws(StoreError) -> KeyStanding {
        try await asRole(configuration) { session in try await ask(fingerprint, session) }
    }

    /// Stores the fingerprint if there is none, and returns the standing then. If two nodes start for the first time at
    /// once, one waits for the other's row.
    public static func keep(
        _ fingerprint: [UInt8], _ configuration: PostgresConfiguration
    ) async throws(StoreError) -> KeyStanding {
        try await asRole(configuration) { session in
            _ = try await session.query("SELECT almanac_keep_encryption_key($1)", [.blob(fingerprint)])
            return try await ask(fingerprint, session)
        }
    }

    private static func ask(_ fingerprint: [UInt8], _ session: PostgresSession) async throws -> KeyStanding {
        try KeyStanding(
            try await session.query("SELECT is_same FROM almanac_is_encryption_key($1)", [.blob(fingerprint)])
        )
    }

    private static func asRole<T>(
        _ configuration: PostgresConfiguration, _ body: (PostgresSession) async throws -> T
    ) async throws(StoreError) -> T {
        do {
            return try await PostgresSessions(configuration, limit: 1).withSession { session in
                try await session.execute(assumeRole)
                return try await body(session)
            }
        } catch let error as StoreError {
            throw error
        } catch let error as PostgresError {
            throw error.storeError
        } catch {
            throw StoreError(.unavailable, "the encryption key's record was not read")
        }
    }
}
