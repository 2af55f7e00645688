import AlmanacRuntime
import JSON
import SQL
import Scheduling

/// A resource's table: how a body is read and patched, an answer written, a row stored. All follows from its fields.
public struct FieldTable<Record: Resource>: Sendable {
    private let fields: FieldList<Record>
    private let insert: WriteKind
    private let update: WriteKind
    /// What a statement selects, for ``record(_:)``.
    let columns: String

    private static var readOnly: Set<String> { ["id", "version", "created_at", "updated_at"] }

    /// - Parameters:
    ///   - noun: what the resource is called; the names of its statements begin with it.
    ///   - name: the table in the database.
    init(_ noun: String, in name: String, _ list: [Field<Record>]) {
        let fields = FieldList(list)
        self.fields = fields
        columns = "id, organization_id, version, created_at, updated_at, \(fields.names)"
        insert = WriteKind(
            "\(noun).insert", phase: .records,
            columns: [.init("id", .id), .init("organization_id", .id), .init("created_at", .instant)] + fields.columns,
            sql: """
                INSERT INTO \(name) (id, organization_id, version, created_at, updated_at, \(fields.names))
                VALUES ($1, $2, 1, $3, $3, \(fields.places(from: 4)))
                """
        )
        // Stale if the version has moved.
        update = WriteKind(
            "\(noun).update", phase: .records,
            columns: [
                .init("id", .id), .init("organization_id", .id), .init("expected_version", .integer),
                .init("updated_at", .instant), .init("deleted_at", .instant),
            ] + fields.columns,
            sql: """
                UPDATE \(name) SET \(fields.settings(from: 6)), updated_at = $4, deleted_at = $5, version = version + 1
                WHERE id = $1 AND (organization_id = $2 AND deleted_at IS NULL) IS TRUE AND version = $3
                """
        )
    }

    // MARK: JSON

    func read(_ reader: ObjectReader) -> Record? {
        var record = Record()
        fields.read(reader, into: &record)
        reader.finish(ignoring: Self.readOnly)
        return reader.errors.isEmpty ? record : nil
    }

    /// `present` with a merge patch (RFC 7396) laid over it; its version stays.
    func patched(_ present: Record, _ patch: JSON) throws(ValidationError) -> Record {
        let errors = FieldErrors()
        var record = present
        fields.patch(&record, by: patch, errors: errors)?.finish(ignoring: Self.readOnly)
        try errors.check()
        return record
    }

    func json(_ record: Record) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("id", record.id.description)
        fields.write(record, to: &writer)
        writer.field("version", record.version)
        writer.field("created_at", record.head.createdAt.rfc3339)
        writer.field("updated_at", record.head.updatedAt.rfc3339)
        writer.endObject()
        return writer.bytes
    }

    // MARK: Rows

    /// Reads a row of ``columns``.
    func record(_ row: SQLRow) throws(StoreError) -> Record {
        var record = Record()
        record.head = ResourceHead(
            id: try row.id(0), organizationID: try row.id(1), version: try row.int(2), createdAt: try row.instant(3),
            updatedAt: try row.instant(4)
        )
        try fields.load(row, from: 5, into: &record)
        return record
    }

    func inserted(_ record: Record) -> WriteRow {
        let head = record.head
        return insert.row(
            [.id(head.id), .id(head.organizationID), .instant(head.createdAt)] + fields.values(of: record))
    }

    /// `record` as it is to be; its version is the one it replaces plus one.
    func updated(_ record: Record, isDeletion: Bool) -> WriteRow {
        let head = record.head
        return update.row(
            [
                .id(head.id), .id(head.organizationID), .int(head.version - 1), .instant(head.updatedAt),
                isDeletion ? .instant(head.updatedAt) : .null,
            ] + fields.values(of: record)
        )
    }
}
