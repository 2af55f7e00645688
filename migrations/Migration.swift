/// A step from one schema to the next. Both databases have steps of the same numbers and names.
public struct Migration: Sendable, Hashable {
    public let number: Int
    /// For instance `first_booking`.
    public let name: String
    /// Its file, to the byte: a checksum of it is kept where it was applied.
    public let sql: String

    public init(number: Int, name: String, sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }
}
