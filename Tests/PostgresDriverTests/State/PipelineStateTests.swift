@testable import PostgresDriver
import Testing

@Suite struct PipelineStateTests {
    private typealias State = PipelineState<String, Int>

    private var state = State(maxPrepared: 3)
    private static let select = PostgresStatement("select", "SELECT 1")
    private static let insert = PostgresStatement("insert", "INSERT …")
    private static let once = PostgresStatement("once", "CREATE …", isPrepared: false)

    private func unit(
        _ statements: PostgresStatement..., transaction: PostgresUnit.Transaction = .implicit
    ) throws -> EncodedUnit {
        var unit = PostgresUnit(.write, transaction: transaction)
        for statement in statements { unit.add(statement) }
        return try EncodedUnit(unit)
    }

    private func error(_ sqlState: String) -> PostgresError { PostgresError(sqlState: sqlState, statement: "s") }

    /// Feeds events and notes what comes of them: `a→[1, 2]`, `a→42601`, `broken`.
    private mutating func receive(_ events: State.Event...) -> [String] {
        events.compactMap { event in
            switch state.receive(event) {
            case .goOn: nil
            case .done(let tag, .success(let answers)): "\(tag)→\(answers)"
            case .done(let tag, .failure(let error)): "\(tag)→\(error.sqlState ?? "")"
            case .broken: "broken"
            }
        }
    }

    @Test mutating func aStatementIsPreparedOnceInASegmentOfItsOwn() throws {
        #expect(
            state.send(try unit(Self.select, Self.insert, Self.select), tag: "a") == [
                .prepare(call: 0), .sync, .prepare(call: 1), .sync,
                .execute(call: 0, isPrepared: true), .execute(call: 1, isPrepared: true),
                .execute(call: 2, isPrepared: true), .sync,
            ]
        )
        // Before any answer.
        #expect(state.send(try unit(Self.insert), tag: "b") == [.execute(call: 0, isPrepared: true), .sync])
        #expect(receive(.answer(0), .end, .sync, .answer(0), .end, .sync) == [])
        #expect(receive(.answer(1), .end, .answer(2), .end, .answer(3), .end, .sync) == ["a→[1, 2, 3]"])
        #expect(receive(.answer(4), .end, .sync) == ["b→[4]"])
        #expect(state.count == 0)
    }

    @Test mutating func anExplicitTransactionCommitsBehindASyncOfItsOwn() throws {
        #expect(
            state.send(try unit(Self.once, transaction: .explicit(.serializable)), tag: "a") == [
                .begin, .execute(call: 0, isPrepared: false), .sync, .commit, .sync,
            ]
        )
        #expect(receive(.answer(0), .end, .answer(1), .end, .sync, .answer(2), .end) == [])
        #expect(receive(.sync) == ["a→[1]"])
    }

    @Test mutating func aFailureSkipsTheRestOfItsUnitAndNoOther() throws {
        _ = state.send(try unit(Self.once, Self.once, Self.once), tag: "a")
        _ = state.send(try unit(Self.once), tag: "b")
        #expect(receive(.answer(1), .end, .failed(error("23505")), .end, .skipped, .end, .sync) == ["a→23505"])
        #expect(receive(.answer(2), .end, .sync) == ["b→[2]"])
    }

    @Test mutating func aTransactionThatFailedEndsWithItsCommit() throws {
        _ = state.send(try unit(Self.once, transaction: .explicit(.readCommitted)), tag: "a")
        #expect(receive(.answer(0), .end, .failed(error("23505")), .end, .sync) == [])
        #expect(state.certainFailure?.sqlState == "23505")
        // The driver reports a COMMIT that rolled back as a failure; the first one counts.
        #expect(receive(.failed(error("25P02")), .end, .sync) == ["a→23505"])
    }

    @Test mutating func aCommitThatFailsFailsTheUnit() throws {
        _ = state.send(try unit(Self.once, transaction: .explicit(.serializable)), tag: "a")
        #expect(receive(.answer(0), .end, .answer(1), .end, .sync, .failed(error("40001")), .end, .sync) == ["a→40001"])
    }

    @Test mutating func aSyncThatFailsFailsTheUnit() throws {
        _ = state.send(try unit(Self.once), tag: "a")
        _ = state.send(try unit(Self.once), tag: "b")
        #expect(receive(.answer(1), .end, .failed(error("23503")), .end) == [])
        #expect(state.certainFailure?.sqlState == "23503")
        #expect(receive(.sync) == ["a→23503"])
        #expect(receive(.answer(1), .end, .sync) == ["b→[1]"])
    }

    @Test mutating func aStatementThatCannotBePreparedNamesTheReasonToAllWhoCountedOnIt() throws {
        _ = state.send(try unit(Self.insert, Self.select), tag: "a")
        _ = state.send(try unit(Self.select), tag: "b")
        _ = receive(.answer(0), .end, .sync)
        #expect(receive(.failed(error("42P01")), .end, .sync) == [])
        #expect(receive(.answer(0), .end, .failed(error("26000")), .end, .sync) == ["a→42P01"])
        #expect(receive(.failed(error("26000")), .end, .sync) == ["b→42P01"])
        // The next one tries again; the other statement is there.
        #expect(
            state.send(try unit(Self.insert, Self.select), tag: "c") == [
                .prepare(call: 1), .sync, .execute(call: 0, isPrepared: true), .execute(call: 1, isPrepared: true),
                .sync,
            ]
        )
        #expect(receive(.answer(0), .end, .sync, .answer(1), .end, .answer(2), .end, .sync) == ["c→[1, 2]"])
    }

    @Test(arguments: ["26000", "0A000"])
    mutating func aStatementThatTheServerForgotIsPreparedAnew(_ sqlState: String) throws {
        _ = state.send(try unit(Self.select), tag: "a")
        _ = receive(.answer(0), .end, .sync, .answer(1), .end, .sync)
        _ = state.send(try unit(Self.select), tag: "b")
        #expect(receive(.failed(error(sqlState)), .end, .sync) == ["b→\(sqlState)"])
        #expect(
            state.send(try unit(Self.select), tag: "c") == [
                .deallocate(call: 0), .sync, .prepare(call: 0), .sync, .execute(call: 0, isPrepared: true), .sync,
            ]
        )
        // It is gone already: that is no failure.
        #expect(receive(.failed(error("26000")), .end, .sync, .answer(0), .end, .sync) == [])
        #expect(receive(.answer(7), .end, .sync) == ["c→[7]"])
    }

    @Test mutating func pastTheBoundStatementsRunUnprepared() throws {
        for index in 0..<3 { _ = state.send(try unit(PostgresStatement("SELECT 1\(index)")), tag: "") }
        #expect(state.send(try unit(Self.select), tag: "a") == [.execute(call: 0, isPrepared: false), .sync])
    }

    @Test mutating func anEmptyUnitIsARoundTrip() throws {
        #expect(state.send(EncodedUnit(plain: []), tag: "probe") == [.sync])
        #expect(receive(.sync) == ["probe→[]"])
    }

    @Test mutating func answersThatNothingAskedForBreakTheConnection() throws {
        #expect(receive(.sync) == ["broken"])
        #expect(receive(.end) == ["broken"])
        _ = state.send(try unit(Self.once), tag: "a")
        #expect(receive(.sync) == ["broken"])
        #expect(receive(.end) == ["broken"])
        #expect(receive(.answer(1), .answer(2)) == ["broken"])
        #expect(receive(.failed(error("XX000"))) == ["broken"])
        #expect(receive(.end, .answer(3)) == ["broken"])
        #expect(receive(.skipped) == ["broken"])
        // An end that comes over and over at a sync would keep the reader busy for ever.
        #expect(receive(.end) == ["broken"])
        #expect(receive(.failed(error("23503")), .end, .end) == ["broken"])
    }
}
