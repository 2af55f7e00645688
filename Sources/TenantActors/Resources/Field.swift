import AlmanacRuntime
import JSON
import SQL
import Scheduling

/// One field of a record: its name in JSON, how a body is read into it, and its columns.
struct Field<Record: Sendable>: Sendable {
    let name: String
    let columns: [FieldColumn<Record>]
    /// Reads the field where a body has it, or has it not; records errors.
    let read: @Sendable (ObjectReader, inout Record) -> Void
    let write: @Sendable (Record, inout JSONWriter) -> Void

    typealias Path<Value> = any WritableKeyPath<Record, Value> & Sendable

    /// A field in a column of its name.
    ///
    /// - Parameter read: what the body says; nil after an error.
    init<Value: JSONWritable & ColumnValue>(
        _ name: String, _ path: Path<Value>, _ read: @escaping @Sendable (ObjectReader, Record) -> Value?
    ) {
        self.init(name, path, columns: [FieldColumn(name, path)], read)
    }

    /// A field in other columns, or in another table.
    init<Value: JSONWritable & SendableMetatype>(
        _ name: String, _ path: Path<Value>, columns: [FieldColumn<Record>],
        _ read: @escaping @Sendable (ObjectReader, Record) -> Value?
    ) {
        self.name = name
        self.columns = columns
        self.read = { reader, record in
            if let value = read(reader, record) { record[keyPath: path] = value }
        }
        write = { record, writer in writer.value(record[keyPath: path]) }
    }

    static func text(_ name: String, _ path: Path<String>, _ length: ClosedRange<Int>) -> Field {
        Field(name, path) { reader, _ in reader.string(name, min: length.lowerBound, max: length.upperBound) }
    }

    static func optionalText(_ name: String, _ path: Path<String?>, max: Int, multiline: Bool = false) -> Field {
        Field(name, path) { reader, _ in .some(reader.optionalString(name, max: max, multiline: multiline)) }
    }

    static func email(_ name: String, _ path: Path<String?>) -> Field {
        Field(name, path) { reader, _ in .some(reader.optionalEmail(name)) }
    }

    static func optionalInt(_ name: String, _ path: Path<Int?>, _ range: ClosedRange<Int>) -> Field {
        Field(name, path) { reader, _ in .some(reader.optionalInt(name, in: range)) }
    }

    static func flag(_ name: String, _ path: Path<Bool>, default missing: Bool) -> Field {
        Field(name, path) { reader, _ in reader.optionalBool(name) ?? missing }
    }

    static func int(_ name: String, _ path: Path<Int>, _ range: ClosedRange<Int>, default missing: Int) -> Field {
        Field(name, path) { reader, _ in reader.optionalInt(name, in: range) ?? missing }
    }
}

/// A column of a record's table.
struct FieldColumn<Record: Sendable>: Sendable {
    let column: WriteKind.Column
    let value: @Sendable (Record) -> SQLValue
    let load: @Sendable (SQLRow, Int, inout Record) throws(StoreError) -> Void

    init<Value: ColumnValue>(_ name: String, _ path: Field<Record>.Path<Value>) {
        column = WriteKind.Column(name, Value.type)
        value = { $0[keyPath: path].sqlValue }
        load = { row, index, record throws(StoreError) in record[keyPath: path] = try Value.load(row, index) }
    }
}
