public import SQL

/// A type of the server whose binary form the driver writes and reads.
///
/// Numbers are those of the server's catalogue (`pg_type.dat`); the libpq manual calls them Oids (§34.3.1, `PQexecParams`).
public enum PostgresType: Sendable, Hashable, CaseIterable {
    case bool, int2, int4, int8, text, bytea, uuid, timestamptz, date, json, jsonb

    /// The PostgreSQL type for a column type of both databases.
    public init(_ type: SQLType) {
        switch type {
        case .integer: self = .int8
        case .text: self = .text
        case .blob: self = .bytea
        case .bool: self = .bool
        case .id: self = .uuid
        case .instant: self = .timestamptz
        case .json: self = .jsonb
        }
    }

    /// The default type of a value; nil for NULL, whose type the server infers.
    init?(of value: SQLValue) {
        switch value {
        case .null: return nil
        case .integer: self = .int8
        case .text: self = .text
        case .blob: self = .bytea
        case .bool: self = .bool
        case .id: self = .uuid
        case .instant: self = .timestamptz
        case .json: self = .jsonb
        }
    }

    /// The type with this number; all text types count as one.
    init?(oid: UInt32) {
        switch oid {
        case 16: self = .bool
        case 17: self = .bytea
        case 20: self = .int8
        case 21: self = .int2
        case 23: self = .int4
        case 18, 19, 25, 705, 1042, 1043: self = .text
        case 114: self = .json
        case 1082: self = .date
        case 1184: self = .timestamptz
        case 2950: self = .uuid
        case 3802: self = .jsonb
        default: return nil
        }
    }

    /// The element type of the array type with this number.
    init?(arrayOID: UInt32) {
        switch arrayOID {
        case 1002, 1003, 1014, 1015: self = .text
        default:
            guard let type = Self.allCases.first(where: { $0.arrayOID == arrayOID }) else { return nil }
            self = type
        }
    }

    var oid: UInt32 {
        switch self {
        case .bool: 16
        case .bytea: 17
        case .int8: 20
        case .int2: 21
        case .int4: 23
        case .text: 25
        case .json: 114
        case .date: 1082
        case .timestamptz: 1184
        case .uuid: 2950
        case .jsonb: 3802
        }
    }

    var arrayOID: UInt32 {
        switch self {
        case .bool: 1000
        case .bytea: 1001
        case .int8: 1016
        case .int2: 1005
        case .int4: 1007
        case .text: 1009
        case .json: 199
        case .date: 1182
        case .timestamptz: 1185
        case .uuid: 2951
        case .jsonb: 3807
        }
    }
}
