public import SQL
import GRDB

extension SQLiteStore {
    /// The schema must be current.
    public func standing(of fingerprint: [UInt8]) throws(StoreError) -> KeyStanding {
        try KeyStanding(try query(KeyRecord.isSame.sql, [.blob(fingerprint)]))
    }

    /// Whether the database was ever served with some key.
    public func hasKey() throws(StoreError) -> Bool { try standing(of: []) != .unused }

    /// Stores the fingerprint if there is none, and returns the standing then.
    public func keep(_ fingerprint: [UInt8]) throws(StoreError) -> KeyStanding {
        try write("encryption_key") { db in
            let statement = try db.cachedStatement(sql: SQLiteStatement.positional(KeyRecord.keep))
            try statement.execute(arguments: SQLiteStatement.arguments([.blob(fingerprint)]))
        }
        return try standing(of: fingerprint)
    }
}
