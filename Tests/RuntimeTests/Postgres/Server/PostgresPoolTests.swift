@testable import SQL
@testable import PostgresDriver
import Scheduling
import Testing

@testable import AlmanacRuntime

@Suite(.needsPostgres, .ownDatabase, .timeLimit(.minutes(2))) struct PostgresPoolTests {
    // MARK: - Units

    @Test func theStatementsOfAUnitAnswerInOrder() async throws {
        try await PostgresFixture.execute("CREATE TABLE lamps (id int8 PRIMARY KEY, name text)")
        try await PostgresFixture.withPool { pool in
            var unit = PostgresUnit(.write)
            unit.add(
                PostgresStatement(
                    "INSERT INTO lamps SELECT * FROM unnest($1, $2) RETURNING id", [.many(.int8), .many(.text)]),
                [.many([.integer(1), .integer(2), .integer(3)]), .many([.text("a"), .null, .text("c")])]
            )
            unit.add(PostgresStatement("UPDATE lamps SET name = 'x' WHERE id > 1"))
            unit.add(PostgresStatement("DELETE FROM lamps WHERE id > $1", [.one(.int8)]), values: [.integer(99)])
            unit.add(PostgresStatement("SELECT id, name FROM lamps ORDER BY id"))
            let results = try await pool.run(unit)
            #expect(results.map(\.affected) == [3, 2, 0, 3])
            #expect(results.map(\.count) == [3, 0, 0, 3])
            #expect(try results[0].rows().map { try $0.integer(0) } == [1, 2, 3])
            #expect(try results[3].rows().map { try $0.text(1) } == ["a", "x", "x"])
        }
    }

    @Test(arguments: [PostgresUnit.Transaction.implicit, .explicit(.readCommitted), .explicit(.serializable)])
    func aFailingStatementUndoesItsUnit(transaction: PostgresUnit.Transaction) async throws {
        try await PostgresFixture.withPool { pool in
            let table = "atomic_\(Int.random(in: 0..<1 << 60))"
            try await PostgresFixture.execute("CREATE TABLE \(table) (id int8 CONSTRAINT \(table)_once PRIMARY KEY)")
            var unit = PostgresUnit(.write, transaction: transaction)
            unit.add(PostgresStatement("first", "INSERT INTO \(table) VALUES (1)"))
            unit.add(PostgresStatement("second", "INSERT INTO \(table) VALUES (2), (2)"))
            unit.add(PostgresStatement("third", "INSERT INTO \(table) VALUES (3)"))
            let error = await #expect(throws: PostgresError.self) { try await pool.run(unit) }
            #expect(error?.sqlState == "23505")
            #expect(error?.constraint == "\(table)_once")
            #expect(error?.statement == "second")
            #expect(error?.code == .statement)
            #expect(error?.description.contains("(2)") == false)
            #expect(try await pool.query("SELECT id FROM \(table)").isEmpty)
            // The connections are as good as before.
            for _ in 0..<8 {
                try await pool.run(PostgresUnit(.write, "INSERT INTO \(table) VALUES (7) ON CONFLICT DO NOTHING"))
            }
            #expect(try await pool.query("SELECT id FROM \(table)").count == 1)
        }
    }

    /// What fails when the transaction commits, behind the last statement.
    @Test(arguments: [PostgresUnit.Transaction.implicit, .explicit(.readCommitted)])
    func aUnitThatFailsAtItsCommitIsUndone(transaction: PostgresUnit.Transaction) async throws {
        let table = "deferred_\(Int.random(in: 0..<1 << 60))"
        try await PostgresFixture.execute(
            "CREATE TABLE \(table) (id int8, CONSTRAINT \(table)_later UNIQUE (id) DEFERRABLE INITIALLY DEFERRED)"
        )
        try await PostgresFixture.withPool {
            $0.writers.connections = 1
        } _: { pool in
            async let failing = Result {
                try await pool.run(
                    PostgresUnit(.write, "INSERT INTO \(table) VALUES (1), (1)", transaction: transaction)
                )
            }
            async let sound = pool.run(
                PostgresUnit(.write, "INSERT INTO \(table) VALUES (2)", transaction: transaction)
            )
            _ = try await sound
            let result = await failing
            let error = #expect(throws: PostgresError.self) { try result.get() }
            #expect(error?.sqlState == "23505" && error?.constraint == "\(table)_later")
            #expect(try await pool.query("SELECT id FROM \(table)").map(\.values) == [[.integer(2)]])
        }
    }

    @Test func neighboursOnTheSameConnectionAreUnharmed() async throws {
        try await PostgresFixture.execute("CREATE TABLE neighbours (id int8 PRIMARY KEY)")
        try await PostgresFixture.withPool {
            $0.writers = .init(connections: 1, depth: 64)
        } _: { pool in
            let failures = await withTaskGroup(of: (Int, PostgresError?).self) { group in
                for number in 0..<300 {
                    group.addTask {
                        var unit = PostgresUnit(
                            .write, transaction: number % 2 == 0 ? .implicit : .explicit(.readCommitted))
                        unit.add(
                            PostgresStatement("INSERT INTO neighbours VALUES ($1)", [.one(.int8)]),
                            values: [.int(number)]
                        )
                        // One in three fails, each in a way of its own.
                        if number % 3 == 0 { unit.add(PostgresStatement("SELECT 1 / 0")) }
                        if number % 9 == 0 { unit.add(PostgresStatement("SELECT nothing FROM nowhere_\(number)")) }
                        do throws(PostgresError) {
                            _ = try await pool.run(unit)
                            return (number, nil)
                        } catch {
                            return (number, error)
                        }
                    }
                }
                return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            for number in 0..<300 {
                let expected: String? = number % 9 == 0 ? "42P01" : number % 3 == 0 ? "22012" : nil
                #expect(failures[number]?.sqlState == expected, "unit \(number)")
            }
            let ids = try await pool.query("SELECT id FROM neighbours ORDER BY id").map { try $0.int(0) }
            #expect(ids == (0..<300).filter { $0 % 3 != 0 })
        }
    }

    @Test func unitsOfOneWriterRunInTheirOrder() async throws {
        try await PostgresFixture.execute(
            "CREATE TABLE story (at int8 GENERATED ALWAYS AS IDENTITY, line int8, pid int4)")
        try await PostgresFixture.withPool {
            $0.writers = .init(connections: 3, depth: 8)
        } _: { pool in
            let statement = PostgresStatement(
                "INSERT INTO story (line, pid) VALUES ($1, pg_backend_pid())", [.one(.int8)])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for line in 0..<200 {
                    var unit = PostgresUnit(.write, writer: 4)
                    unit.add(statement, values: [.int(line)])
                    // At once: what is given first is in the queue first.
                    group.addImmediateTask { [unit] in try await pool.run(unit) }
                }
                try await group.waitForAll()
            }
            let rows = try await pool.query("SELECT line, pid FROM story ORDER BY at")
            #expect(try rows.map { try $0.int(0) } == Array(0..<200))
            #expect(Set(try rows.map { try $0.int(1) }).count == 1)
        }
    }

    @Test func aThousandUnitsAtOnceEachGetTheirOwnAnswer() async throws {
        try await PostgresFixture.withPool { pool in
            let wrong = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<1_000 {
                    group.addTask {
                        let access: PostgresUnit.Access = number % 2 == 0 ? .read : .write
                        let unit = PostgresUnit(access, "SELECT $1, $2", [.int(number), .text("n\(number)")])
                        let values = try await pool.rows(of: unit).first?.values
                        return values != [.int(number), .text("n\(number)")]
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(wrong == 0)
            #expect(pool.waiting(.read) == 0 && pool.waiting(.write) == 0)
        }
    }

    @Test func aLargeUnitAndALargeAnswerPass() async throws {
        try await PostgresFixture.withPool { pool in
            // Both directions are full at once: only who reads while writing gets through.
            let text = String(repeating: "0123456789abcdef", count: 1 << 19)
            async let one = pool.query("SELECT $1", [.text(text)])
            async let two = pool.query("SELECT $1 || $1", [.text(text)])
            async let many = pool.query("SELECT n, repeat('x', 100) FROM generate_series(1, 50000) n")
            let rows = try await (one, two, many)
            #expect(try rows.0[0].text(0) == text)
            #expect(try rows.1[0].text(0).utf8.count == 2 * text.utf8.count)
            #expect(rows.2.count == 50_000)
        }
    }

    @Test func anExplicitTransactionReadsOneSnapshot() async throws {
        try await PostgresFixture.withPool { pool in
            var unit = PostgresUnit(.read, transaction: .explicit(.repeatableRead))
            unit.add(PostgresStatement("SHOW transaction_isolation"))
            unit.add(PostgresStatement("SELECT now() = transaction_timestamp()"))
            let results = try await pool.run(unit)
            #expect(try results[0].rows()[0].text(0) == "repeatable read")
            #expect(results.count == 2)
        }
    }

    @Test func anEmptyUnitAndAnEmptyStatementAnswer() async throws {
        try await PostgresFixture.withPool { pool in
            let nothing = try await pool.run(PostgresUnit(.read))
            #expect(nothing.isEmpty)
            let empty = try await pool.run(PostgresUnit(.read, ""))
            #expect(empty.map(\.count) == [0])
        }
    }

    @Test func aCopyIsRefusedWithoutHarm() async throws {
        try await PostgresFixture.execute("CREATE TABLE copied (id int8)")
        try await PostgresFixture.withPool { pool in
            await #expect(throws: PostgresError.self) {
                try await pool.run(PostgresUnit(.read, "COPY copied TO STDOUT"))
            }
            await #expect(throws: PostgresError.self) {
                try await pool.run(PostgresUnit(.write, "COPY copied FROM STDIN"))
            }
            let rows = try await pool.query("SELECT 1")
            #expect(rows.count == 1)
        }
    }

    // MARK: - Prepared statements

    @Test func aStatementIsPreparedOnceOnEachConnection() async throws {
        try await PostgresFixture.withPool {
            $0.readers = .init(connections: 1, depth: 4)
        } _: { pool in
            for value in 0..<20 { _ = try await pool.query("SELECT $1 + 1", [.int(value)]) }
            _ = try await pool.query("SELECT $1 + 1", [.null])
            let prepared = try await pool.query(
                "SELECT name, generic_plans + custom_plans FROM pg_prepared_statements WHERE statement = 'SELECT $1 + 1'"
            )
            #expect(prepared.count == 1)
            #expect(try prepared[0].int(1) == 21)
        }
    }

    @Test func aTextThatCannotBePreparedFailsEachTimeAndHarmsNobody() async throws {
        try await PostgresFixture.withPool {
            $0.readers = .init(connections: 1, depth: 16)
        } _: { pool in
            let states = await withTaskGroup(of: String?.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        var unit = PostgresUnit(.read)
                        unit.add(PostgresStatement("SELECT \(number)"))
                        if number % 2 == 0 { unit.add(PostgresStatement("SELECT nothing FROM nowhere")) }
                        do throws(PostgresError) { _ = try await pool.run(unit) } catch { return error.sqlState }
                        return nil
                    }
                }
                return await group.reduce(into: [String?: Int]()) { $0[$1, default: 0] += 1 }
            }
            #expect(states == ["42P01": 20, nil: 20])
        }
    }

    @Test func theSchemaMayMoveBeneathAPreparedStatement() async throws {
        try await PostgresFixture.execute("CREATE TABLE moving (id int8); INSERT INTO moving VALUES (1)")
        try await PostgresFixture.withPool { pool in
            let unit = PostgresUnit(.write, "SELECT * FROM moving")
            for _ in 0..<4 { #expect(try await pool.rows(of: unit)[0].values.count == 1) }
            try await PostgresFixture.execute("ALTER TABLE moving ADD name text")
            // "cached plan must not change result type", then prepared anew.
            for _ in 0..<4 { #expect(try await pool.rows(of: unit)[0].values.count == 2) }
        }
    }

    @Test func aServerThatForgotItsStatementsIsToldAgain() async throws {
        try await PostgresFixture.withPool {
            $0.writers = .init(connections: 1, depth: 16)
        } _: { pool in
            let unit = PostgresUnit(.write, "SELECT 40 + $1", [.integer(2)])
            _ = try await pool.run(unit)
            var discard = PostgresUnit(.write)
            discard.add(PostgresStatement("DEALLOCATE ALL", isPrepared: false))
            _ = try await pool.run(discard)
            let answers = try await withThrowingTaskGroup(of: SQLValue.self) { group in
                for _ in 0..<16 { group.addTask { try await pool.rows(of: unit)[0].values[0] } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers == Array(repeating: .integer(42), count: 16))
        }
    }

    @Test func aStatementMayNeedWhatItsUnitMakes() async throws {
        try await PostgresFixture.withPool { pool in
            var unit = PostgresUnit(.write)
            unit.add(PostgresStatement("CREATE TEMP TABLE fresh (id int8) ON COMMIT DROP", isPrepared: false))
            unit.add(
                PostgresStatement("INSERT INTO fresh VALUES ($1)", [.one(.int8)], isPrepared: false),
                values: [.integer(1)])
            unit.add(PostgresStatement("SELECT id FROM fresh", isPrepared: false))
            let rows = try await pool.rows(of: unit)
            #expect(rows.map(\.values) == [[.integer(1)]])
        }
    }

    // MARK: - Sessions' settings

    @Test func everyConnectionIsSetUpBeforeItIsUsed() async throws {
        try await PostgresFixture.execute(
            "DROP ROLE IF EXISTS almanac_test_role; CREATE ROLE almanac_test_role; GRANT almanac_test_role TO CURRENT_USER"
        )
        try await PostgresFixture.withPool {
            $0.session += ["SET ROLE almanac_test_role", "SET application_name = 'set ''up'''"]
        } _: { pool in
            for access in [PostgresUnit.Access.read, .write] {
                let unit = PostgresUnit(
                    access,
                    """
                    SELECT current_user::text, current_setting('timezone'), current_setting('statement_timeout'),
                        current_setting('application_name'), current_setting('client_encoding')
                    """
                )
                for _ in 0..<4 {
                    let values = try await pool.rows(of: unit)[0].values
                    #expect(
                        values == [
                            .text("almanac_test_role"), .text("UTC"), .text("8s"), .text("set 'up'"), .text("UTF8"),
                        ])
                }
            }
        }
        try await PostgresFixture.execute("DROP ROLE almanac_test_role")
    }

    @Test func aConnectionThatCannotBeSetUpIsNotUsed() async throws {
        try await PostgresFixture.withPool {
            $0.session = ["SET ROLE nobody_of_this_name"]
            $0.deadline = .milliseconds(100)
        } _: { pool in
            // The first units may be late before the first attempt to connect has failed.
            var context = ""
            while !context.contains("22023 in the session's settings") {
                let error = await #expect(throws: StoreError.self) { try await pool.query("SELECT 1") }
                #expect(error?.code == .unavailable)
                context = error?.context ?? ""
            }
            #expect(pool.ready(.read) == 0 && pool.ready(.write) == 0)
        }
    }

    @Test func theURLsOwnParametersReachTheServer() async throws {
        try await PostgresFixture.withPool {
            $0.url += ($0.url.contains("?") ? "&" : "?") + "application_name=mine&options=-c%20work_mem%3D5MB"
        } _: { pool in
            let rows = try await pool.query("SELECT current_setting('application_name'), current_setting('work_mem')")
            #expect(rows[0].values == [.text("mine"), .text("5MB")])
        }
    }

    @Test func anAddressThatCannotBeReadIsRefusedAndNotRepeated() {
        for url in ["postgres://user:secret@host:port:port/%zz", "nonsense=secret", "postgres://user:secret@[::/x"] {
            let error = #expect(throws: PostgresError.self) { try PostgresPool(PostgresConfiguration(url: url)) }
            #expect(error?.description.contains("secret") == false)
        }
        let configuration = PostgresConfiguration(url: "postgres://user:secret@host/db")
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!"\(configuration) \(String(reflecting: configuration)) \(dumped)".contains("secret"))
    }
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
