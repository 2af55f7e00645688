@testable import SQL
import Testing

@testable import AlmanacRuntime

@Suite struct BatchSQLTests {
    private func body(_ sql: String, columns: Int = 2) -> String? {
        let columns = (1...columns).map { WriteKind.Column("c\($0)", .integer) }
        return BatchSQL(WriteKind("test", phase: .records, columns: columns, sql: sql)).flatMap { batch in
            batch.sql.split(separator: "done AS (").last?.split(separator: " RETURNING 1)").first.map(String.init)
        }
    }

    /// Where the rows of a condition stand, each looked up by itself.
    private func place(_ condition: String) -> String {
        "(SELECT s.*, f.ctid AS place FROM s CROSS JOIN LATERAL (SELECT ctid FROM t WHERE \(condition) OFFSET 0) f) s "
            + "WHERE t.ctid = s.place"
    }

    @Test func aRowBecomesAllRows() {
        #expect(
            body("INSERT INTO t (a, b) VALUES ($1, coalesce($2, 0)) ON CONFLICT DO NOTHING")
                == "INSERT INTO t (a, b) SELECT s.c1, coalesce(s.c2, 0) FROM s ON CONFLICT DO NOTHING")
        #expect(
            body("INSERT INTO t (a) SELECT $1 WHERE EXISTS (SELECT 1 FROM u WHERE id = $2)")
                == "INSERT INTO t (a) SELECT s.c1 FROM s WHERE EXISTS (SELECT 1 FROM u WHERE id = s.c2)")
        #expect(
            body("UPDATE t SET a = (SELECT max(x) FROM u WHERE y = $2) WHERE id = $1")
                == "UPDATE t SET a = (SELECT max(x) FROM u WHERE y = s.c2) FROM \(place("id = s.c1"))")
        #expect(
            body("DELETE FROM t WHERE id = $1 AND b = $2") == "DELETE FROM t USING \(place("id = s.c1 AND b = s.c2"))")
        #expect(
            body("UPDATE t SET a = $12\nWHERE id = $1", columns: 12)
                == "UPDATE t SET a = s.c12\nFROM \(place("id = s.c1"))")
    }

    @Test func whatHasAnotherFormRunsRowByRow() {
        #expect(body("UPDATE t SET a = $1") == nil)
        #expect(body("WITH x AS (SELECT 1) SELECT $1") == nil)
        #expect(body("INSERT INTO t DEFAULT VALUES") == nil)
        #expect(BatchSQL(WriteKind("none", phase: .records, columns: [], sql: "DELETE FROM t WHERE true")) == nil)
    }
}
