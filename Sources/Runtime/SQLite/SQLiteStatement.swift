import SQL
import Foundation
import GRDB
import Scheduling
import Synchronization

/// Binds and reads typed values the SQLite way.
enum SQLiteStatement {
    private static let translated = Mutex<[String: String]>([:])

    /// `$n` means the n-th argument; SQLite spells that `?n`. The set of statements is fixed, so the cache is bounded.
    static func positional(_ sql: String) -> String {
        translated.withLock { cache in
            if let known = cache[sql] { return known }
            var result = ""
            result.reserveCapacity(sql.utf8.count)
            var iterator = sql.makeIterator()
            var next = iterator.next()
            while let character = next {
                next = iterator.next()
                result.append(character == "$" && next?.isNumber == true ? "?" : character)
            }
            cache[sql] = result
            return result
        }
    }

    static func arguments(_ values: [SQLValue]) -> StatementArguments {
        StatementArguments(values.map(databaseValue))
    }

    static func databaseValue(_ value: SQLValue) -> DatabaseValue {
        switch value {
        case .null: .null
        case .integer(let value): value.databaseValue
        case .text(let value): value.databaseValue
        case .blob(let bytes): Data(bytes).databaseValue
        case .bool(let value): value.databaseValue
        case .id(let id): Data(id.bytes).databaseValue
        case .instant(let instant): instant.microseconds.databaseValue
        case .json(let bytes): String(decoding: bytes, as: UTF8.self).databaseValue
        }
    }

    static func row(_ row: Row) -> SQLRow {
        SQLRow(
            row.databaseValues.map { value in
                switch value.storage {
                case .null: .null
                case .int64(let value): .integer(value)
                case .double(let value): .integer(Int64(exactly: value) ?? 0)
                case .string(let value): .text(value)
                case .blob(let data): .blob([UInt8](data))
                }
            }
        )
    }
}
