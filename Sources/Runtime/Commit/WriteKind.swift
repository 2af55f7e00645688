public import SQL

/// A way of writing one kind of row, declared where the rows' meaning is known.
public struct WriteKind: Sendable, Hashable {
    /// The one lock order of all kinds; deleting kinds stand before inserting ones.
    public enum Phase: Int, Sendable, Comparable {
        case slotDeletes, slots, contacts, records

        public static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
    }

    /// How many rows the statement must change.
    public enum Expectation: Sendable, Hashable {
        /// Exactly one, or the change is ``CommitOutcome/stale``.
        case one
        /// Any number.
        case any
    }

    public struct Column: Sendable, Hashable {
        public let name: String
        public let type: SQLType

        public init(_ name: String, _ type: SQLType) {
            self.name = name
            self.type = type
        }
    }

    public let name: String
    public let phase: Phase
    public let columns: [Column]
    /// The statement for one row; `$n` is the n-th column.
    public let sql: String
    /// The same with `?n`, as SQLite spells it.
    let positionalSQL: String
    public let expects: Expectation
    /// The columns that give rows one order, if two writers may want the same rows.
    let lockOrder: [Int]
    /// Whether rows must be written singly. PostgreSQL does not count their changes, so the kind expects any number.
    let isSingle: Bool
    /// The statement for PostgreSQL, if it differs.
    let postgresSQL: String?

    public init(
        _ name: String, phase: Phase, columns: [Column], expects: Expectation = .one, lockOrder: [Int] = [],
        isSingle: Bool = false, postgresSQL: String? = nil, sql: String
    ) {
        self.name = name
        self.phase = phase
        self.columns = columns
        self.lockOrder = lockOrder
        self.isSingle = isSingle
        self.postgresSQL = postgresSQL
        self.sql = sql
        positionalSQL = SQLiteStatement.positional(sql)
        self.expects = expects
    }

    public static func == (left: WriteKind, right: WriteKind) -> Bool { left.name == right.name }

    public func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// A row of this kind; values in the order of the columns.
    public func row(_ values: [SQLValue]) -> WriteRow { WriteRow(kind: self, values: values) }
}

/// One typed row of a change.
public struct WriteRow: Sendable {
    public let kind: WriteKind
    public let values: [SQLValue]
}
