/// Why PostgreSQL, or the way to it, did not do what was asked.
///
/// Names codes, statements and constraints; never a value. The server's messages quote values, so they are not kept.
public struct PostgresError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What it means to a caller that does not care which database there is.
    public let code: StoreError.Code
    /// Five characters of PostgreSQL's Appendix A, if the server gave them: a lost connection has none.
    public let sqlState: String?
    /// The label of the statement that failed.
    public let statement: String?
    /// The constraint that refused a row.
    public let constraint: String?
    /// Where in the statement's text the server stumbled, counted in characters from 1.
    public let position: Int?
    /// What happened, if no code says it.
    public let context: String?

    init(_ code: StoreError.Code, _ context: String, sqlState: String? = nil) {
        self.code = code
        self.context = context
        self.sqlState = sqlState
        statement = nil
        constraint = nil
        position = nil
    }

    /// A value that could not be read or written.
    init(_ error: StoreError) { self.init(error.code, error.context) }

    /// An error that the server reported.
    init(sqlState: String, statement: String?, constraint: String? = nil, position: Int? = nil) {
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
        return StoreError(code, text)
    }

    public var description: String { storeError.description }
}
