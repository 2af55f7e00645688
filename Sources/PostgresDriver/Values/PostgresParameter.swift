public import SQL

/// What a statement is given for one of its placeholders. The types stand in the ``PostgresStatement``.
public enum PostgresParameter: Sendable, Hashable {
    case one(SQLValue)
    /// An array of one dimension; `null` elements are NULLs.
    case many([SQLValue])
}

/// The type of one placeholder.
public enum PostgresParameterType: Sendable, Hashable {
    case one(PostgresType)
    case many(PostgresType)
    /// The server finds out by itself; only NULL may be given.
    case inferred

    var oid: UInt32 {
        switch self {
        case .one(let type): type.oid
        case .many(let type): type.arrayOID
        case .inferred: 0
        }
    }
}
