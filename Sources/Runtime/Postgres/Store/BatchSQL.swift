/// Turns the statement of one row into the statement of many: the same text, over an array for each column.
///
///     INSERT INTO t (a, b) VALUES ($1, $2)          INSERT INTO t (a, b) SELECT s.c1, s.c2 FROM s
///     UPDATE t SET a = $2 WHERE id = $1        →    UPDATE t SET a = s.c2 FROM (place) s WHERE t.ctid = s.place
///     DELETE FROM t WHERE id = $1                   DELETE FROM t USING (place) s WHERE t.ctid = s.place
///
/// `s` are the rows, `unnest` of the arrays; `place` finds the table's row for each of them. Each is looked up
/// separately: in a join the planner might begin with the table, and read everything that an index or row security lets
/// it see. The meaning of a write kind is written once, for both databases; tests prepare each kind's statement on a
/// server.
struct BatchSQL {
    /// The whole statement. It returns nothing. If it changes another number of rows than `$1`, it fails with 22012
    /// (division by zero), which undoes its transaction: nobody has to check before the commit.
    let sql: String

    /// The SQLSTATE of a row that was not as expected.
    static let mismatch = "22012"

    /// Nil if the kind's statement has none of these forms and so runs row by row.
    init?(_ kind: WriteKind) {
        guard !kind.columns.isEmpty, let body = Self.body(kind.sql, columns: kind.columns.count) else { return nil }
        let arrays = (0..<kind.columns.count).map { "$\($0 + 2)" }.joined(separator: ", ")
        let names = (1...kind.columns.count).map { "c\($0)" }.joined(separator: ", ")
        sql = """
            WITH s AS MATERIALIZED (SELECT * FROM unnest(\(arrays)) AS s (\(names))),
            done AS (\(body) RETURNING 1)
            SELECT 1 / (CASE WHEN $1::int8 < 0 OR (SELECT count(*) FROM done) = $1::int8 THEN 1 ELSE 0 END)
            """
    }

    private static func body(_ sql: String, columns: Int) -> String? {
        let verb = sql.prefix { !$0.isWhitespace }.uppercased()
        let named = named(sql)
        switch verb {
        case "INSERT":
            if let values = find("VALUES", in: named) {
                // The list in parentheses after VALUES becomes the SELECT list.
                guard let open = named[values.upperBound...].firstIndex(of: "("), let close = closing(named, open)
                else {
                    return nil
                }
                let list = named[named.index(after: open)..<close]
                return "\(named[..<values.lowerBound])SELECT \(list) FROM s\(named[named.index(after: close)...])"
            }
            return insert("FROM s", beforeWhereOf: named)
        case "UPDATE": return placed("FROM", in: named, table: 1)
        case "DELETE": return placed("USING", in: named, table: 2)
        default: return nil
        }
    }

    /// `$n` as the n-th column of the rows.
    private static func named(_ sql: String) -> String {
        var result = ""
        var rest = sql[...]
        while let dollar = rest.firstIndex(of: "$") {
            let digits = rest[rest.index(after: dollar)...].prefix(while: \.isNumber)
            result += rest[..<dollar]
            result += digits.isEmpty ? "$" : "s.c\(digits)"
            rest = rest[digits.endIndex...]
        }
        return result + rest
    }

    private static func insert(_ source: String, beforeWhereOf sql: String) -> String? {
        guard let place = find("WHERE", in: sql) else { return nil }
        return "\(sql[..<place.lowerBound])\(source) \(sql[place.lowerBound...])"
    }

    /// - Parameter table: which word names the table.
    private static func placed(_ join: String, in sql: String, table: Int) -> String? {
        let words = sql.split(maxSplits: table + 1, whereSeparator: \.isWhitespace)
        guard words.count > table, let place = find("WHERE", in: sql) else { return nil }
        let name = words[table]
        return """
            \(sql[..<place.lowerBound])\(join) (SELECT s.*, f.ctid AS place FROM s \
            CROSS JOIN LATERAL (SELECT ctid FROM \(name) \(sql[place.lowerBound...]) OFFSET 0) f) s \
            WHERE \(name).ctid = s.place
            """
    }

    /// The first word of that name outside of parentheses.
    private static func find(_ word: String, in sql: String) -> Range<String.Index>? {
        var depth = 0
        var index = sql.startIndex
        while index < sql.endIndex {
            let character = sql[index]
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if depth == 0, sql[index...].hasPrefix(word) {
                let end = sql.index(index, offsetBy: word.count)
                let isStart = index == sql.startIndex || sql[sql.index(before: index)].isWhitespace
                let isEnd = end == sql.endIndex || sql[end].isWhitespace || sql[end] == "("
                if isStart, isEnd { return index..<end }
            }
            index = sql.index(after: index)
        }
        return nil
    }

    /// The parenthesis that closes the one at `open`.
    private static func closing(_ sql: String, _ open: String.Index) -> String.Index? {
        var depth = 0
        for index in sql[open...].indices {
            if sql[index] == "(" { depth += 1 }
            if sql[index] == ")" {
                depth -= 1
                if depth == 0 { return index }
            }
        }
        return nil
    }
}
