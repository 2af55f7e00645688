@testable import PostgresDriver
@testable import SQL
import Scheduling
import Testing

@Suite struct StatementCatalogTests {
    private let catalog = StatementCatalog(limit: 2)

    @Test func theSameTextAndTypesAreOneStatement() {
        let first = catalog.statement("SELECT $1", [.integer(1)])
        #expect(catalog.statement("SELECT $1", [.integer(2)]).name == first.name)
        #expect(catalog.statement("SELECT $1", [.text("a")]).name != first.name)
        #expect(first.types == [.one(.int8)])
    }

    @Test func nullTakesTheTypeThatWasSeen() {
        let known = catalog.statement("SELECT $1, $2", [.integer(1), .text("a")])
        #expect(catalog.statement("SELECT $1, $2", [.null, .text("a")]).name == known.name)
        #expect(catalog.statement("SELECT $1, $2", [.null, .null]).name == known.name)
    }

    /// Not one form for each pattern of NULLs.
    @Test func optionalValuesSettleOnOneForm() {
        var names: Set<String> = []
        for round in 0..<2 {
            for pattern in 0..<32 {
                let values: [SQLValue] = (0..<5).map { pattern >> $0 & 1 == 0 ? .null : .integer(1) }
                if let name = catalog.statement("INSERT", values).name { names.insert(name) }
            }
            #expect(names.count <= 6, "round \(round)")
        }
    }

    @Test func pastTheBoundNothingIsPrepared() {
        for sql in ["a", "b"] { #expect(catalog.statement(sql, []).name != nil) }
        #expect(catalog.statement("c", []).name == nil)
        #expect(catalog.statement("a", []).name != nil)
    }

    @Test func namesAreStableAndFit() {
        let statement = PostgresStatement("SELECT $1", [.one(.int8)])
        // The server cuts names at 63 bytes.
        #expect(statement.name?.utf8.count == 40)
        #expect(statement.name == PostgresStatement("other label", "SELECT $1", [.one(.int8)]).name)
        #expect(statement.name != PostgresStatement("SELECT $1", [.many(.int8)]).name)
        #expect(statement.label == "SELECT $1")
        #expect(PostgresStatement("  SELECT a,\n b FROM c WHERE d").label == "SELECT a, b FROM")
    }
}
