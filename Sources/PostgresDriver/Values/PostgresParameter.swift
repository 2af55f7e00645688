public import SQL

/// The value for one placeholder of a statement. The ``PostgresStatement`` has the types.
public enum PostgresParameter: Sendable, Hashable {
    case one(SQLValue)
    /// An array of one dimension; `null` elements are NULLs.
    case many([SQLValue])
}

/// The type of one placeholder.
public enum PostgresParameterType: Sendable, Hashable {
    case one(PostgresType)
    case many(PostgresType)
    /// The server infers it; only NULL is allowed.
    case inferred

    var oid: UInt32 {
        switch self {
        case .one(let type): type.oid
        case .many(let type): type.arrayOID
        case .inferred: 0
        }
    }
}
