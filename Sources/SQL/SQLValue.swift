public import JSON
public import Scheduling

/// A typed value on its way into a statement or out of a row.
public enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])
    case bool(Bool)
    case id(ID)
    case instant(Instant)
    /// A serialized JSON value.
    case json([UInt8])

    public static func int(_ value: Int) -> SQLValue { .integer(Int64(value)) }
    public static func int(_ value: Int?) -> SQLValue { value.map { .integer(Int64($0)) } ?? .null }
    public static func text(_ value: String?) -> SQLValue { value.map { .text($0) } ?? .null }
    public static func id(_ value: ID?) -> SQLValue { value.map { .id($0) } ?? .null }
    public static func instant(_ value: Instant?) -> SQLValue { value.map { .instant($0) } ?? .null }
    public static func json(_ value: JSON) -> SQLValue { .json(value.serialized()) }
}

/// The type of a column in both databases.
public enum SQLType: Sendable, Hashable {
    case integer, text, blob, bool, id, instant, json
}
