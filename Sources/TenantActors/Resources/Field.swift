import AlmanacRuntime
import JSON
import SQL
import Scheduling

/// One field of a resource: its name in JSON, its bounds, where the record keeps it, and its column.
public struct Field<Record: Resource>: Sendable {
    let name: String
    /// Nil for a field that stands in another table.
    let type: SQLType?
    let read: @Sendable (ObjectReader, inout Record) -> Void
    let write: @Sendable (Record, inout JSONWriter) -> Void
    let value: @Sendable (Record) -> SQLValue
    let load: @Sendable (SQLRow, Int, inout Record) throws(StoreError) -> Void

    typealias Path<Value> = any WritableKeyPath<Record, Value> & Sendable

    /// A text that every record has.
    static func text(_ name: String, _ path: Path<String>, _ length: ClosedRange<Int>) -> Field {
        Field(
            name: name, type: .text,
            read: { reader, record in
                if let text = reader.string(name, min: length.lowerBound, max: length.upperBound) {
                    record[keyPath: path] = text
                }
            },
            write: { record, writer in writer.value(record[keyPath: path]) },
            value: { record in .text(record[keyPath: path]) },
            load: { row, index, record throws(StoreError) in record[keyPath: path] = try row.text(index) }
        )
    }

    /// A text that a body may leave out; it is empty then, until ``Resource/complete()`` fills it in.
    static func completedText(_ name: String, _ path: Path<String>, _ length: ClosedRange<Int>) -> Field {
        let field = text(name, path, length)
        return Field(
            name: name, type: .text,
            read: { reader, record in
                record[keyPath: path] =
                    reader.optionalString(name, min: length.lowerBound, max: length.upperBound) ?? ""
            }, write: field.write, value: field.value, load: field.load
        )
    }

    /// An e-mail address, or none.
    static func email(_ name: String, _ path: Path<String?>) -> Field {
        Field(
            name: name, type: .text,
            read: { reader, record in record[keyPath: path] = reader.optionalEmail(name) },
            write: { record, writer in
                if let text = record[keyPath: path] { writer.value(text) } else { writer.null() }
            },
            value: { record in .text(record[keyPath: path]) },
            load: { row, index, record throws(StoreError) in record[keyPath: path] = try row.optional(index, row.text) }
        )
    }

    static func flag(_ name: String, _ path: Path<Bool>, default missing: Bool) -> Field {
        Field(
            name: name, type: .bool,
            read: { reader, record in record[keyPath: path] = reader.optionalBool(name) ?? missing },
            write: { record, writer in writer.value(record[keyPath: path]) },
            value: { record in .bool(record[keyPath: path]) },
            load: { row, index, record throws(StoreError) in record[keyPath: path] = try row.bool(index) }
        )
    }

    /// Ids that stand in another table.
    static func ids(_ name: String, _ path: Path<[ID]>, max: Int) -> Field {
        Field(
            name: name, type: nil,
            read: { reader, record in
                let items = reader.optionalArray(name, max: max) ?? []
                record[keyPath: path] = items.compactMap { item in
                    let id = item.value.string.flatMap { ID($0) }
                    if id == nil { reader.errors.add(item.pointer, code: "invalid_id", message: "must be a UUID") }
                    return id
                }
            },
            write: { record, writer in
                writer.beginArray()
                for id in record[keyPath: path] { writer.value(id.description) }
                writer.endArray()
            },
            value: { _ in .null }, load: { _, _, _ in }
        )
    }
}
