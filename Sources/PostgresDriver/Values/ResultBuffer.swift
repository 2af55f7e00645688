import SQL
import CPostgres
import Scheduling

/// Owns one answer of libpq.
///
/// `@unchecked Sendable`: after libpq has handed a `PGresult` out, nothing changes it and it no longer refers to its
/// connection, so any thread may read it (libpq manual §34.20 "Behavior in Threaded Programs"); the pointer is private,
/// constant and freed once, by the last owner.
final class ResultBuffer: @unchecked Sendable {
    private let result: OpaquePointer

    /// Takes ownership of the result.
    init(_ result: OpaquePointer) { self.result = result }

    deinit { PQclear(result) }

    var status: ExecStatusType { PQresultStatus(result) }
    var rowCount: Int { Int(PQntuples(result)) }
    var columnCount: Int { Int(PQnfields(result)) }

    /// How many rows the statement changed or returned; nil if it does neither (§34.3.3, `PQcmdTuples`).
    var affected: Int? { PQcmdTuples(result).flatMap { Int(String(cString: $0)) } }

    /// For instance `COMMIT` (§34.3.3, `PQcmdStatus`).
    var command: String { PQcmdStatus(result).map { String(cString: $0) } ?? "" }

    func type(_ column: Int) -> UInt32 { PQftype(result, Int32(column)) }

    /// A part of an error report (§34.3.1, `PQresultErrorField`).
    private func diagnostic(_ field: Int32) -> String? { PQresultErrorField(result, field).map { String(cString: $0) } }

    /// The error that the server reported; nil if it did not, because a dead connection leaves no code (§34.3.1).
    ///
    /// - Parameter keepsWords: whether the error includes the server's own message.
    func error(_ label: String?, keepsWords: Bool = false) -> PostgresError? {
        guard let reported = diagnostic(ALMANAC_PG_SQLSTATE) else { return nil }
        // Five letters and digits if it comes from PostgreSQL; codes invented by a proxy are ignored.
        let sqlState = reported.utf8.count == 5 && reported.exact.isPlainASCII ? reported : ""
        let message = keepsWords ? diagnostic(ALMANAC_PG_MESSAGE) : nil
        let words = message.map { message in
            let more = [ALMANAC_PG_DETAIL, ALMANAC_PG_HINT].compactMap(diagnostic).map { part in
                ". " + (part.utf8.last == UInt8(ascii: ".") ? String(part.dropLast()) : part)
            }
            return "\(sqlState) \(message)\(more.joined())"
        }
        return PostgresError(
            sqlState: sqlState, statement: label, constraint: diagnostic(ALMANAC_PG_CONSTRAINT),
            position: diagnostic(ALMANAC_PG_POSITION).flatMap { Int($0) },
            words: words.map { String(decoding: $0.utf8.prefix(1_000), as: UTF8.self) }
        )
    }

    /// Whether the error ends only its statement, and not the connection.
    var isMild: Bool { diagnostic(ALMANAC_PG_SEVERITY)?.exact == "ERROR" }

    /// Runs `body` on a field's bytes; nil for NULL. The indices must exist.
    func field<T>(
        _ row: Int, _ column: Int, _ body: (UnsafeRawBufferPointer) throws(StoreError) -> T
    ) throws(StoreError) -> T? {
        let (row, column) = (Int32(row), Int32(column))
        if PQgetisnull(result, row, column) != 0 { return nil }
        let length = Int(PQgetlength(result, row, column))
        return try body(UnsafeRawBufferPointer(start: PQgetvalue(result, row, column), count: length))
    }
}
