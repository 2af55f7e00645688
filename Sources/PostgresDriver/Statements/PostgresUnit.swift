public import SQL

/// One or more statements that run as one: all of them or nothing.
///
///     var unit = PostgresUnit(.write)
///     unit.add(lockHeads, [.many(ids)])
///     unit.add(insertSlots, [.many(ids), .many(starts)])
///     let results = try await pool.run(unit)
///
/// A failing statement undoes those before it, and those after it do not run.
public struct PostgresUnit: Sendable {
    public enum Access: Sendable, Hashable {
        /// Runs on a reading connection, and may run twice: again if the connection is lost.
        case read
        /// Runs on a writing connection, and never twice.
        case write
    }

    public enum Transaction: Sendable, Hashable {
        /// The transaction that the server makes of everything before a sync (libpq manual §34.5.1.1).
        case implicit
        /// BEGIN and COMMIT around the statements, for statements that need a transaction block (LOCK TABLE, SET LOCAL)
        /// or another isolation.
        case explicit(Isolation)
    }

    public enum Isolation: Sendable, Hashable {
        case readCommitted, repeatableRead, serializable
    }

    public struct Call: Sendable {
        public let statement: PostgresStatement
        public let parameters: [PostgresParameter]
    }

    public let access: Access
    public let transaction: Transaction
    /// Units of the same writer run on the same connection, in the order of the calls. Modulo the number of writers.
    public let writer: Int?
    /// How long the caller waits at most; nil for the pool's own limit.
    public let deadline: Duration?
    /// Whether to send it even while the server seems unreachable: its answer shows that the server is back.
    public var isVital = false
    public private(set) var calls: [Call] = []

    public init(
        _ access: Access, transaction: Transaction = .implicit, writer: Int? = nil, deadline: Duration? = nil
    ) {
        self.access = access
        self.transaction = transaction
        self.writer = writer
        self.deadline = deadline
    }

    public mutating func add(_ statement: PostgresStatement, _ parameters: [PostgresParameter] = []) {
        calls.append(Call(statement: statement, parameters: parameters))
    }

    public mutating func add(_ statement: PostgresStatement, values: [SQLValue]) {
        add(statement, values.map { .one($0) })
    }
}
