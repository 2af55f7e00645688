/// What went wrong in a database. The context names statements and codes, never user data.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The database cannot be reached or is shutting down: try again later.
        case unavailable
        /// A row does not have the expected shape: the schema and the program disagree.
        case corrupt
        /// A statement was refused: a defect of the program.
        case statement
        /// Whether the transaction was committed is not known.
        case unknownOutcome = "unknown_outcome"
        /// The database is in use by another process.
        case locked
        /// The schema is newer than this program, or a migration was altered after it had been applied.
        case schema
        /// A setting on which durability depends is not in effect.
        case durability
        /// The rights are wrong: too few to work, or so many that tenants are not separated.
        case privileges
        /// The shard belongs to another node now, or did so in between.
        case fenced
    }

    public let code: Code
    public let context: String
    /// The database's own code and message, for the operator's commands only. It may quote values and names, so it is
    /// printed to the person who runs the command, and never appears in a description, log or answer.
    public let words: String?

    public init(_ code: Code, _ context: String, words: String? = nil) {
        self.code = code
        self.context = context
        self.words = words
    }

    public var description: String { "\(code.rawValue): \(context)" }
}
