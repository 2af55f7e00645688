public import SQL
import PostgresDriver

/// A read without a tenant: before one is known, or across all of them.
///
/// There are few, each declared where its rows' meaning is known. On PostgreSQL, where a tenant sees only its own rows,
/// a named read calls a function with the same text that may see more (docs/row-security.md). Without such a function,
/// no text can be read without naming a tenant.
public struct NamedRead: Sendable, Hashable {
    /// The function's name without its prefix.
    public let name: String
    /// The types of `$1`, `$2`, …
    public let parameters: [SQLType]
    /// The statement, in SQL that both databases accept.
    public let sql: String
    /// The call.
    let postgres: PostgresStatement

    public init(_ name: String, _ parameters: [SQLType], sql: String) {
        self.name = name
        self.parameters = parameters
        self.sql = sql
        let places = parameters.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        postgres = PostgresStatement(
            "read.\(name)", "SELECT * FROM almanac_\(name)(\(places))", parameters.map { .one($0.postgres) }
        )
    }

    public static func == (left: NamedRead, right: NamedRead) -> Bool { left.name == right.name }

    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
