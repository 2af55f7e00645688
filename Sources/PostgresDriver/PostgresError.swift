public import SQL

/// Why PostgreSQL, or the connection to it, failed.
///
/// Its description names codes, statements and constraints; never a value. The server's messages quote values, so they
/// are kept only for plain sessions, in a separate field.
public struct PostgresError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Its meaning to a caller that works with any database.
    public let code: StoreError.Code
    /// Five characters of PostgreSQL's Appendix A, if the server gave them: a lost connection has none.
    public let sqlState: String?
    /// The label of the statement that failed.
    public let statement: String?
    /// The constraint that refused a row.
    public let constraint: String?
    /// The position of the error in the statement's text, in characters from 1.
    public let position: Int?
    /// What happened, if there is no code.
    public let context: String?
    /// The server's own message, only for a plain session: see ``StoreError/words``.
    public let words: String?

    init(_ code: StoreError.Code, _ context: String, sqlState: String? = nil, words: String? = nil) {
        self.code = code
        self.context = context
        self.words = words
        self.sqlState = sqlState
        statement = nil
        constraint = nil
        position = nil
    }

    /// A value that could not be read or written.
    init(_ error: StoreError) { self.init(error.code, error.context) }

    /// An error that the server reported.
    init(
        sqlState: String, statement: String?, constraint: String? = nil, position: Int? = nil, words: String? = nil
    ) {
        self.words = words
        code = StoreError.Code(sqlState: sqlState)
        self.sqlState = sqlState
        self.statement = statement
        self.constraint = constraint
        self.position = position
        context = nil
    }

    public var storeError: StoreError {
        var text = context ?? "PostgreSQL"
        if let sqlState { text += context == nil ? " \(sqlState)" : " (\(sqlState))" }
        if let constraint { text += " by \(constraint)" }
        if let statement { text += " in \(statement)" }
        if let position { text += " at \(position)" }
        return StoreError(code, text, words: words)
    }

    public var description: String { storeError.description }
}
