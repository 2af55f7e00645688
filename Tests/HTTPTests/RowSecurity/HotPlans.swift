@testable import SQL
@testable import JSON
@testable import PostgresDriver
import Scheduling
import Testing

@testable import AlmanacRuntime

/// The plans of everything that a server has prepared, as the server's own role gets them.
struct HotPlans {
    struct Statement: Hashable, Comparable {
        let text: String
        let types: String

        static func < (left: Statement, right: Statement) -> Bool { left.text < right.text }
    }

    /// Tables that stay as small as the installation is.
    private static let small: Set<String> = ["schema_migrations", "nodes", "leases", "encryption_key"]
    /// Read in the order of an index and not for a key in it. Of the outbox as many rows as are wanted: what waits comes
    /// first. Of organizations while all of them fit a page, and any index serves as well as another.
    private static let walked: Set<String> = ["outbox_pkey", "organizations_slug"]

    /// What the connections of a pool have prepared: every statement that was run more than in passing.
    static func prepared(_ pool: PostgresPool) async throws -> [Statement] {
        let sql = "SELECT statement, array_to_string(parameter_types::text[], ';') FROM pg_prepared_statements"
        var found: Set<Statement> = []
        for row in try await parallel(64, { _ in try await pool.query(sql) }).flatMap(\.self) {
            found.insert(Statement(text: try row.text(0), types: try row.text(1)))
        }
        for writer in 0..<4 {
            var unit = PostgresUnit(.write, writer: writer)
            unit.add(PostgresStatement(sql, isPrepared: false))
            for row in try await pool.rows(of: unit) {
                found.insert(Statement(text: try row.text(0), types: try row.text(1)))
            }
        }
        return found.filter { !$0.text.contains("pg_prepared_statements") }.sorted()
    }

    /// What functions run on behalf of all tenants.
    static func functions(_ session: PostgresSession) async throws -> [Statement] {
        try await session.query(
            """
            SELECT prosrc, array_to_string(ARRAY(SELECT format_type(t, NULL) FROM unnest(proargtypes) t), ';') FROM pg_proc
            WHERE proname LIKE 'almanac\\_%' ORDER BY proname
            """
        ).map { row in
            let source = try row.text(0).trimmingPrefix(while: \.isWhitespace)
            let body = source.replacing(#/^BEGIN\s(?s:(.*));\s*END\s*$/#) { String($0.1) }
            return Statement(text: String(body), types: try row.text(1))
        }
    }

    /// What is wrong with the plan of a statement: a table that is read whole, or an index that is not searched.
    static func faults(_ statement: Statement, _ session: PostgresSession) async throws -> [String] {
        let types = statement.types.split(separator: ";").joined(separator: ", ")
        let count = statement.types.split(separator: ";").count
        let arguments = Array(repeating: "NULL", count: count).joined(separator: ", ")
        try await session.execute("PREPARE looked_at\(count > 0 ? " (\(types))" : "") AS \(statement.text)")
        let rows = try await session.query(
            "EXPLAIN (FORMAT JSON, COSTS OFF) EXECUTE looked_at\(count > 0 ? "(\(arguments))" : "")")
        try await session.execute("DEALLOCATE looked_at")
        guard let plan = try rows.first?.json(0).array?.first?["Plan"] else { return ["no plan"] }
        return faults(plan)
    }

    private static func faults(_ node: JSON) -> [String] {
        var found: [String] = []
        let kind = node["Node Type"]?.string ?? ""
        let table = node["Relation Name"]?.string
        let index = node["Index Name"]?.string
        if kind == "Seq Scan", let table, !small.contains(table) { found.append("reads \(table) whole") }
        if let index, node["Index Cond"] == nil, !walked.contains(index), !small.contains(table ?? "") {
            found.append("walks through \(index)")
        }
        for child in node["Plans"]?.array ?? [] { found += faults(child) }
        return found
    }
}
