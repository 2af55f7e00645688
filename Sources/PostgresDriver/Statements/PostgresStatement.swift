import Crypto

/// A statement with `$n` placeholders and their types, prepared once on each connection that runs it.
///
///     static let insert = PostgresStatement(
///         "slots.insert", "INSERT INTO slots SELECT * FROM unnest($1, $2)", [.many(.uuid), .many(.timestamptz)]
///     )
public struct PostgresStatement: Sendable, Hashable {
    /// What errors call it.
    public let label: String
    public let sql: String
    public let types: [PostgresParameterType]
    /// Its name when prepared, made from its text and types; nil if it is not prepared.
    let name: String?

    /// - Parameter isPrepared: false for a statement that runs once, or that depends on an earlier one of its unit.
    public init(_ label: String, _ sql: String, _ types: [PostgresParameterType] = [], isPrepared: Bool = true) {
        self.label = label
        self.sql = sql
        self.types = types
        name = isPrepared ? Self.name(sql, types) : nil
    }

    /// A statement whose name is its first words.
    public init(_ sql: String, _ types: [PostgresParameterType] = [], isPrepared: Bool = true) {
        let label = sql.split(whereSeparator: \.isWhitespace).prefix(4).joined(separator: " ")
        self.init(label, sql, types, isPrepared: isPrepared)
    }

    /// Stable, so that two nodes use the same name in the server's log; 128 bits, so that no two statements share one.
    private static func name(_ sql: String, _ types: [PostgresParameterType]) -> String {
        var hash = SHA256()
        hash.update(data: Array(sql.utf8))
        for type in types { hash.update(data: Array("\0\(type.oid)".utf8)) }
        return hash.finalize().prefix(16).reduce(into: "almanac_") { name, byte in
            if byte < 16 { name += "0" }
            name += String(byte, radix: 16)
        }
    }

    public static func == (left: PostgresStatement, right: PostgresStatement) -> Bool {
        left.sql == right.sql && left.types == right.types && (left.name == nil) == (right.name == nil)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(name ?? sql) }
}
