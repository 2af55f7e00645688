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
        /// A setting that durability depends on is not in force.
        case durability
        /// What is allowed is not what it should be: too little to work, or so much that tenants are not kept apart.
        case privileges
        /// The shard belongs to another node by now, or did so in between.
        case fenced
    }

    public let code: Code
    public let context: String
    /// What the database itself said, with its code in front, where a command of the operator's was told. It may quote
    /// values and names: it is printed to whoever runs the command, and stands in no description, log or answer.
    public let words: String?

    public init(_ code: Code, _ context: String, words: String? = nil) {
        self.code = code
        self.context = context
        self.words = words
    }

    public var description: String { "\(code.rawValue): \(context)" }
}
