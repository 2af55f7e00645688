import AlmanacRuntime
import JSON
import SQL
import Scheduling

/// A value that one column holds.
protocol ColumnValue: SendableMetatype {
    static var type: SQLType { get }
    var sqlValue: SQLValue { get }
    static func load(_ row: SQLRow, _ index: Int) throws(StoreError) -> Self
}

extension String: ColumnValue {
    static var type: SQLType { .text }
    var sqlValue: SQLValue { .text(self) }
    static func load(_ row: SQLRow, _ index: Int) throws(StoreError) -> String { try row.text(index) }
}

extension Int: ColumnValue {
    static var type: SQLType { .integer }
    var sqlValue: SQLValue { .int(self) }
    static func load(_ row: SQLRow, _ index: Int) throws(StoreError) -> Int { try row.int(index) }
}

extension Bool: ColumnValue {
    static var type: SQLType { .bool }
    var sqlValue: SQLValue { .bool(self) }
    static func load(_ row: SQLRow, _ index: Int) throws(StoreError) -> Bool { try row.bool(index) }
}

extension JSON: ColumnValue {
    static var type: SQLType { .json }
    var sqlValue: SQLValue { .json(self) }
    static func load(_ row: SQLRow, _ index: Int) throws(StoreError) -> JSON { try row.json(index) }
}

extension Optional: ColumnValue where Wrapped: ColumnValue {
    static var type: SQLType { Wrapped.type }
    var sqlValue: SQLValue { map(\.sqlValue) ?? .null }

    static func load(_ row: SQLRow, _ index: Int) throws(StoreError) -> Wrapped? {
        row.isNull(index) ? nil : try Wrapped.load(row, index)
    }
}

/// A list is a column of JSON.
extension Array: ColumnValue where Element: JSONWritable & JSONReadable {
    static var type: SQLType { .json }

    var sqlValue: SQLValue {
        var writer = JSONWriter()
        writer.value(self)
        return .json(writer.bytes)
    }

    static func load(_ row: SQLRow, _ index: Int) throws(StoreError) -> [Element] {
        (try row.json(index).array ?? []).compactMap(Element.init(json:))
    }
}

/// What a list in a column has.
protocol JSONReadable: SendableMetatype {
    init?(json: JSON)
}

extension String: JSONReadable {
    init?(json: JSON) {
        guard let text = json.string else { return nil }
        self = text
    }
}

extension Int: JSONReadable {
    init?(json: JSON) {
        guard let number = json.int else { return nil }
        self = number
    }
}
