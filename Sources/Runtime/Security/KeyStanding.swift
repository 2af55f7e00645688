import SQL

/// What a database says of an encryption key: it keeps the fingerprint of the one that it was first served with.
public enum KeyStanding: Sendable, Hashable {
    /// Nobody has served this database yet.
    case unused
    case same
    /// It was served with another key: what that one sealed and signed would count for nothing.
    case other

    init(_ rows: [SQLRow]) throws(StoreError) {
        guard let row = rows.first else {
            self = .unused
            return
        }
        self = try row.bool(0) ? .same : .other
    }
}

/// How a key's fingerprint is kept and asked for.
public enum KeyRecord {
    /// Whether `$1` is the fingerprint; no row if there is none.
    public static let isSame = NamedRead(
        "is_encryption_key", [.blob], sql: "SELECT fingerprint = $1 FROM encryption_key"
    )

    /// Leaves a fingerprint where there is none. On PostgreSQL a function does so: see docs/row-security.md.
    public static let keep = """
        INSERT INTO encryption_key (fingerprint) VALUES ($1) ON CONFLICT (only_row) DO NOTHING
        """
}
