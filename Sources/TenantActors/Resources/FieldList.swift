import AlmanacRuntime
import JSON
import SQL
import Scheduling

/// The fields of a record, in the order in which its JSON and its columns have them.
struct FieldList<Record: Sendable>: Sendable {
    private let fields: [Field<Record>]
    private let stored: [FieldColumn<Record>]
    let columns: [WriteKind.Column]

    init(_ fields: [Field<Record>]) {
        self.fields = fields
        stored = fields.flatMap(\.columns)
        columns = stored.map(\.column)
    }

    // MARK: Statements

    /// The columns' names, as an INSERT or a SELECT lists them.
    var names: String { columns.map(\.name).joined(separator: ", ") }

    /// A place for each column.
    func places(from first: Int) -> String { columns.indices.map { "$\($0 + first)" }.joined(separator: ", ") }

    /// What an UPDATE sets.
    func settings(from first: Int) -> String {
        columns.enumerated().map { "\($1.name) = $\($0 + first)" }.joined(separator: ", ")
    }

    func values(of record: Record) -> [SQLValue] { stored.map { $0.value(record) } }

    func load(_ row: SQLRow, from first: Int, into record: inout Record) throws(StoreError) {
        for (index, column) in stored.enumerated() { try column.load(row, first + index, &record) }
    }

    // MARK: JSON

    func write(_ record: Record, to writer: inout JSONWriter) {
        for field in fields {
            writer.key(field.name)
            field.write(record, &writer)
        }
    }

    /// Reads all fields; those that the body leaves out take their defaults.
    ///
    /// - Parameter also: called in the place of each field, for what a field cannot read by itself.
    func read(
        _ reader: ObjectReader, into record: inout Record, except others: Set<String> = [],
        also: (_ name: String, inout Record) -> Void = { _, _ in }
    ) {
        for field in fields where !others.contains(field.name) {
            field.read(reader, &record)
            also(field.name, &record)
        }
    }

    /// Reads the fields that a merge patch (RFC 7396) names; what it nests is merged with what is there.
    ///
    /// - Returns: the patch's reader; nil where it is no object, which is recorded.
    func patch(_ record: inout Record, by patch: JSON, errors: FieldErrors) -> ObjectReader? {
        var merged = patch
        if var object = patch.object {
            for field in fields {
                guard let change = object[field.name], change.object != nil else { continue }
                var writer = JSONWriter()
                field.write(record, &writer)
                let present = (try? JSON.parse(writer.bytes)) ?? .null
                object[field.name] = present.mergePatch(change)
            }
            merged = .object(object)
        }
        guard let reader = ObjectReader(merged, errors: errors) else { return nil }
        for field in fields where reader.contains(field.name) { field.read(reader, &record) }
        return reader
    }
}
