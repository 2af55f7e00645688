import SQL

/// What a database knows about an encryption key. It stores the fingerprint of the first key with which it was served.
public enum KeyStanding: Sendable, Hashable {
    /// Nobody has served this database yet.
    case unused
    case same
    /// It was served with another key, and values sealed and signed with that key would be lost.
    case other

    init(_ rows: [SQLRow]) throws(StoreError) {
        guard let row = rows.first else {
            self = .unused
            return
        }
        self = try row.bool(0) ? .same : .other
    }
}

/// How a key's fingerprint is stored and compared.
public enum KeyRecord {
    /// Whether `$1` is the fingerprint; no row if there is none.
    public static let isSame = NamedRead(
        "is_encryption_key", [.blob], sql: "SELECT fingerprint = $1 FROM encryption_key"
    )

    /// Stores a fingerprint if there is none. On PostgreSQL a function does it: see docs/row-security.md.
    public static let keep = """
        INSERT INTO encryption_key (fingerprint) VALUES ($1) ON CONFLICT (only_row) DO NOTHING
        """
}
