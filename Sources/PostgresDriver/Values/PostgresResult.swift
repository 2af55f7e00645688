public import SQL

/// The result of one statement. Values are decoded on access, on the accessing thread.
public struct PostgresResult: Sendable {
    private let buffer: ResultBuffer

    init(_ buffer: ResultBuffer) { self.buffer = buffer }

    /// How many rows were returned.
    public var count: Int { buffer.rowCount }

    /// How many rows were inserted, updated, deleted or returned (libpq manual §34.3.3, `PQcmdTuples`).
    public var affected: Int { buffer.affected ?? 0 }

    /// The statement's kind, for instance `INSERT 0 3` (§34.3.3, `PQcmdStatus`).
    var command: String { buffer.command }

    /// Every row. A column of a type without an ``SQLValue`` is ``StoreError/Code/corrupt``; cast it in the statement.
    public func rows() throws(StoreError) -> [SQLRow] {
        let types = (0..<buffer.columnCount).map(buffer.type)
        var rows: [SQLRow] = []
        rows.reserveCapacity(buffer.rowCount)
        for row in 0..<buffer.rowCount {
            var values: [SQLValue] = []
            values.reserveCapacity(types.count)
            for (column, type) in types.enumerated() {
                let value = try buffer.field(row, column) { bytes throws(StoreError) in
                    try PostgresDecoder.value(bytes, oid: type)
                }
                values.append(value ?? .null)
            }
            rows.append(SQLRow(values))
        }
        return rows
    }

    /// The elements of an array; empty for NULL.
    public func array(_ row: Int, _ column: Int) throws(StoreError) -> [SQLValue] {
        guard (0..<buffer.rowCount).contains(row), (0..<buffer.columnCount).contains(column) else {
            throw StoreError(.corrupt, "there is no column \(column) in a row \(row)")
        }
        let type = buffer.type(column)
        return try buffer.field(row, column) { bytes throws(StoreError) in
            try PostgresDecoder.array(bytes, oid: type)
        } ?? []
    }
}
