@testable import PostgresDriver
@testable import SQL
import Foundation
import Scheduling
import Synchronization
import Testing

@testable import AlmanacRuntime

/// What callers are told when connections break, and that the service comes back by itself.
@Suite(.needsPostgres, .ownDatabase, .timeLimit(.minutes(2))) struct PostgresFailureTests {
    /// A table of its own for each test.
    private let table = "t_\(UUID().uuidString.prefix(12).lowercased().replacingOccurrences(of: "-", with: ""))"
    /// An advisory lock of its own: who waits for it is in the middle of a statement.
    private let gate = Int64.random(in: 1 << 40..<1 << 50)

    private func makeTable() async throws { try await PostgresFixture.execute("CREATE TABLE \(table) (id int8)") }

    private func ids() async throws -> [Int64] {
        try await PostgresFixture.withSession { session in
            try await session.query("SELECT id FROM \(table) ORDER BY id").map { try $0.integer(0) }
        }
    }

    /// Runs the body while a session holds the gate. Yields who waits at it, once somebody does; a unit that is over
    /// before, which its deadline or the server's limit allows on a busy machine, is answered without the body.
    private func atTheGate(
        _ unit: PostgresUnit, on pool: PostgresPool, _ body: (PostgresSession, Int64) async throws -> Void
    ) async throws -> Result<[PostgresResult], any Error> {
        try await PostgresFixture.withSession { session in
            try await session.query("SELECT pg_advisory_lock($1)", [.integer(gate)])
            let isOver = Over()
            async let result = isOver.after { try await pool.run(unit) }
            var waiters: [SQLRow] = []
            while waiters.isEmpty {
                // What was sent comes to the gate, though its caller has been answered.
                if isOver.isDone, await code(result) != .unknownOutcome { return await result }
                waiters = try await session.query(
                    """
                    SELECT pid FROM pg_locks
                    WHERE locktype = 'advisory' AND NOT granted AND (classid::int8 << 32 | objid::int8) = $1
                    """, [.integer(gate)]
                )
            }
            try await body(session, try waiters[0].integer(0))
            return await result
        }
    }

    /// As ``atTheGate(_:on:_:)``, with a deadline that passes at the gate, and not on the way there: on a busy machine the
    /// way takes longer than any deadline that is short.
    private func lateAtTheGate(
        _ access: PostgresUnit.Access, insert id: Int64? = nil, on pool: PostgresPool,
        _ body: (PostgresSession) async throws -> Void
    ) async throws -> Result<[PostgresResult], any Error> {
        var deadline = Duration.milliseconds(300)
        while true {
            var wasThere = false
            let result = try await atTheGate(waiting(access, insert: id, deadline: deadline), on: pool) { session, _ in
                wasThere = true
                try await body(session)
            }
            if wasThere { return result }
            deadline *= 2
        }
    }

    /// Until the server is found again units are refused at once, so they are asked again.
    private func run(_ access: PostgresUnit.Access, on pool: PostgresPool) async {
        while (try? await pool.run(PostgresUnit(access, "SELECT 1"))) == nil { await Task.yield() }
    }

    private func waiting(_ access: PostgresUnit.Access, insert id: Int64? = nil, deadline: Duration? = nil)
        -> PostgresUnit
    {
        var unit = PostgresUnit(access, deadline: deadline)
        if let id {
            unit.add(PostgresStatement("INSERT INTO \(table) VALUES ($1)", [.one(.int8)]), values: [.integer(id)])
        }
        unit.add(PostgresStatement("SELECT pg_advisory_xact_lock_shared($1)", [.one(.int8)]), values: [.integer(gate)])
        return unit
    }

    private func code(_ result: Result<[PostgresResult], any Error>) -> StoreError.Code? {
        guard case .failure(let error as PostgresError) = result else { return nil }
        return error.code
    }

    // MARK: - A server that ends sessions

    @Test func aWriteWhoseSessionIsEndedIsUnknownAndTheNextOneIsWritten() async throws {
        try await makeTable()
        try await PostgresFixture.withPool {
            $0.writers.connections = 1
        } _: { pool in
            let result = try await atTheGate(waiting(.write, insert: 1), on: pool) { session, pid in
                try await session.query("SELECT pg_terminate_backend($1::int4)", [.integer(pid)])
            }
            #expect(code(result) == .unknownOutcome)
            #expect("\(result)".contains("57P01"))
            try await pool.run(PostgresUnit(.write, "INSERT INTO \(table) VALUES (2)"))
            let written = try await ids()
            #expect(written == [2])
        }
    }

    @Test func aReadWhoseSessionIsEndedIsReadAgain() async throws {
        try await PostgresFixture.withPool {
            $0.readers.connections = 1
        } _: { pool in
            let result = try await atTheGate(waiting(.read), on: pool) { session, pid in
                try await session.query("SELECT pg_terminate_backend($1::int4)", [.integer(pid)])
                try await session.query("SELECT pg_advisory_unlock($1)", [.integer(gate)])
            }
            #expect(try result.get().count == 1)
        }
    }

    @Test func aReadIsNotSentAThirdTime() async throws {
        try await PostgresFixture.withPool {
            $0.readers.connections = 1
        } _: { pool in
            let result = try await atTheGate(waiting(.read), on: pool) { session, first in
                try await session.query("SELECT pg_terminate_backend($1::int4)", [.integer(first)])
                var killed = false
                while !killed {
                    let rows = try await session.query(
                        """
                        SELECT pg_terminate_backend(pid) FROM pg_locks
                        WHERE locktype = 'advisory' AND NOT granted AND pid <> $2
                            AND (classid::int8 << 32 | objid::int8) = $1
                        """, [.integer(gate), .integer(first)]
                    )
                    killed = !rows.isEmpty
                }
            }
            #expect(code(result) == .unavailable)
            let rows = try await pool.query("SELECT 1")
            #expect(rows.count == 1)
        }
    }

    @Test func aServiceUnderLoadComesBackFromItsSessionsBeingEnded() async throws {
        try await makeTable()
        try await PostgresFixture.withPool { pool in
            let insert = PostgresStatement("INSERT INTO \(table) VALUES ($1)", [.one(.int8)])
            let read = "SELECT $1 /* \(table) */"
            var lost: [Int64: StoreError.Code] = [:]
            try await withThrowingTaskGroup(of: (Int64, StoreError.Code?).self) { group in
                for id in Int64(0)..<600 {
                    group.addTask {
                        var unit = PostgresUnit(.write)
                        unit.add(insert, values: [.integer(id)])
                        do throws(PostgresError) { try await pool.run(unit) } catch { return (id, error.code) }
                        return (id, nil)
                    }
                    // Reads are none the worse for it.
                    group.addTask {
                        let rows = try await pool.query(read, [.integer(id)])
                        #expect(rows.first?.values == [.integer(id)])
                        return (id, nil)
                    }
                }
                group.addTask {
                    try await PostgresFixture.withSession { session in
                        var ended = 0
                        for (count, sql) in [
                            (100, "INSERT INTO \(table)%"), (200, read), (300, "INSERT INTO \(table)%"),
                        ] {
                            // In the middle of it: so many are written, or lost for good.
                            while try await session.query("SELECT count(*) FROM \(table)")[0].int(0) < count {}
                            ended += try await session.query(
                                """
                                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                                WHERE datname = current_database() AND query LIKE $1
                                """, [.text(sql)]
                            ).count
                        }
                        #expect(ended > 0)
                    }
                    return (-1, nil)
                }
                for try await (id, code) in group { if let code { lost[id] = code } }
            }
            let written = try await ids()
            #expect(Set(written).count == written.count, "a write was written twice")
            for id in Int64(0)..<600 where lost[id] == nil {
                #expect(written.contains(id), "\(id) was acknowledged and is not there")
            }
            #expect(lost.values.allSatisfy { $0 == .unknownOutcome })
            // At most what was under way when sessions were ended.
            #expect(lost.count <= 2 * 2 * 4)
        }
    }

    @Test func preparedStatementsSurviveAReconnect() async throws {
        try await PostgresFixture.withPool {
            $0.writers.connections = 1
        } _: { pool in
            let unit = PostgresUnit(.write, "SELECT $1 + 1, pg_backend_pid()", [.integer(41)])
            let before = try await pool.rows(of: unit)[0]
            try await PostgresFixture.withSession { session in
                try await session.query("SELECT pg_terminate_backend($1::int4)", [.integer(try before.integer(1))])
            }
            // The first write may still have met the dying session; a loop, for the answer says so.
            var after: SQLRow?
            while after == nil {
                do throws(StoreError) { after = try await pool.rows(of: unit).first } catch {
                    #expect(error.code == .unknownOutcome)
                }
            }
            #expect(try after?.integer(0) == 42)
            #expect(try after?.integer(1) != before.integer(1))
        }
    }

    // MARK: - A network that breaks

    @Test func anAnswerThatIsLostBehindTheCommitIsUnknownAndTheRowIsThere() async throws {
        try await makeTable()
        for transaction in [PostgresUnit.Transaction.implicit, .explicit(.readCommitted)] {
            let proxy = try TestProxy(PostgresFixture.url)
            defer { proxy.close() }
            let id = Int64.random(in: 1..<1 << 60)
            try await PostgresFixture.withPool {
                $0.url = proxy.url
                $0.writers.connections = 1
                $0.readers.connections = 1
                $0.hasListener = false
            } _: { pool in
                let insert = PostgresStatement("INSERT INTO \(table) VALUES ($1)", [.one(.int8)])
                var unit = PostgresUnit(.write, transaction: transaction)
                unit.add(insert, values: [.integer(0)])
                try await pool.run(unit)
                // A transaction of several segments leaves in several pieces: it is cut once the row is there, not at the
                // first answer, which may come before COMMIT is sent.
                proxy.mode = .swallowAnswers
                var unanswered = PostgresUnit(.write, transaction: transaction)
                unanswered.add(insert, values: [.integer(id)])
                async let result = Result { [unanswered] in try await pool.run(unanswered) }
                while try await !ids().contains(id) {}
                proxy.mode = .open
                proxy.cut()
                #expect(code(await result) == .unknownOutcome)
                // It works again, on a connection of its own.
                try await pool.run(unit)
            }
        }
    }

    @Test func aRequestThatIsLostIsUnknownTooAndTheRowIsNotThere() async throws {
        try await makeTable()
        let proxy = try TestProxy(PostgresFixture.url)
        defer { proxy.close() }
        try await PostgresFixture.withPool {
            $0.url = proxy.url
            $0.writers.connections = 1
            $0.readers.connections = 1
            $0.hasListener = false
        } _: { pool in
            let unit = PostgresUnit(.write, "INSERT INTO \(table) VALUES (1)")
            _ = try await pool.query("SELECT 1")
            try await pool.run(PostgresUnit(.write, "SELECT 1"))
            proxy.mode = .cutRequest
            let error = await #expect(throws: PostgresError.self) { try await pool.run(unit) }
            #expect(error?.code == .unknownOutcome)
            let written = try await ids()
            #expect(written.isEmpty)
        }
    }

    @Test func aReadThatIsCutIsReadAgain() async throws {
        let proxy = try TestProxy(PostgresFixture.url)
        defer { proxy.close() }
        try await PostgresFixture.withPool {
            $0.url = proxy.url
            $0.writers.connections = 1
            $0.readers.connections = 1
            $0.hasListener = false
        } _: { pool in
            _ = try await pool.query("SELECT 1")
            try await pool.run(PostgresUnit(.write, "SELECT 1"))
            for mode in [TestProxy.Mode.cutAnswer, .cutRequest] {
                let before = proxy.connections
                proxy.mode = mode
                let rows = try await pool.query("SELECT 42")
                #expect(rows.map(\.values) == [[.integer(42)]])
                #expect(proxy.connections > before)
            }
        }
    }

    @Test func withoutAServerUnitsAreUnavailableAndSayWhy() async throws {
        let proxy = try TestProxy(PostgresFixture.url)
        defer { proxy.close() }
        proxy.mode = .refuse
        try await PostgresFixture.withPool {
            $0.url = proxy.url
            $0.deadline = .milliseconds(200)
        } _: { pool in
            for access in [PostgresUnit.Access.read, .write] {
                // The first units may be late before the first attempt to connect has failed.
                var context = ""
                while !context.hasPrefix("not connected to PostgreSQL: ") {
                    let error = await #expect(throws: PostgresError.self) {
                        try await pool.run(PostgresUnit(access, "SELECT 1"))
                    }
                    #expect(error?.code == .unavailable)
                    context = error?.context ?? ""
                    await Task.yield()
                }
            }
            // And when there is one again they run, once it has been found.
            proxy.mode = .open
            for access in [PostgresUnit.Access.read, .write] { await run(access, on: pool) }
        }
    }

    @Test func aServerThatSaysNothingWhileConnectingIsTimedOut() async throws {
        let proxy = try TestProxy(PostgresFixture.url)
        defer { proxy.close() }
        proxy.mode = .stall
        try await PostgresFixture.withPool {
            $0.url = proxy.url
            $0.connectTimeout = .milliseconds(50)
            $0.deadline = .milliseconds(200)
        } _: { pool in
            var context = ""
            while context != "not connected to PostgreSQL: timeout" || proxy.connections < 10 {
                let error = await #expect(throws: PostgresError.self) {
                    try await pool.run(PostgresUnit(.write, "SELECT 1"))
                }
                #expect(error?.code == .unavailable)
                context = error?.context ?? ""
                await Task.yield()
            }
        }
    }

    // MARK: - Deadlines

    @Test func whatIsNotAnsweredInTimeIsToldApart() async throws {
        try await makeTable()
        try await PostgresFixture.withPool {
            $0.writers = .init(connections: 1, depth: 1)
            $0.readers = .init(connections: 1, depth: 1)
        } _: { pool in
            let write = try await lateAtTheGate(.write, insert: 1, on: pool) { _ in
                // Behind it, and never sent.
                let late = await Result {
                    try await pool.run(PostgresUnit(.write, "SELECT 1", deadline: .milliseconds(50)))
                }
                #expect(code(late) == .unavailable)
                #expect("\(late)".contains("too busy"))
                // Holds the gate until the caller has been answered.
                while pool.isOwing(.write) == false { await Task.yield() }
            }
            #expect(code(write) == .unknownOutcome)
            // The late answer is for nobody, the row is there, and the connection goes on.
            try await pool.run(PostgresUnit(.write, "SELECT 1"))
            let written = try await ids()
            #expect(written == [1])

            let read = try await lateAtTheGate(.read, on: pool) { _ in
                while pool.isOwing(.read) == false { await Task.yield() }
            }
            #expect(code(read) == .unavailable)
            let rows = try await pool.query("SELECT 1")
            #expect(rows.count == 1)
        }
    }

    @Test func theServersOwnLimitUndoesTheUnit() async throws {
        try await makeTable()
        try await PostgresFixture.withPool {
            $0.session = ["SET statement_timeout = '100ms'"]
        } _: { pool in
            let result = try await atTheGate(waiting(.write, insert: 1), on: pool) { session, pid in
                var isWaiting = true
                while isWaiting {
                    isWaiting = try await !session.query(
                        "SELECT 1 FROM pg_locks WHERE pid = $1 AND NOT granted", [.integer(pid)]
                    ).isEmpty
                }
            }
            #expect(code(result) == .unavailable)
            #expect("\(result)".contains("57014"))
            let written = try await ids()
            #expect(written.isEmpty)
        }
    }

    @Test func aConnectionThatNeverAnswersIsReplaced() async throws {
        let proxy = try TestProxy(PostgresFixture.url)
        defer { proxy.close() }
        try await PostgresFixture.withPool {
            $0.url = proxy.url
            $0.writers.connections = 1
            $0.readers.connections = 1
            $0.hasListener = false
            $0.patience = .milliseconds(50)
        } _: { pool in
            try await pool.run(PostgresUnit(.write, "SELECT 1"))
            _ = try await pool.query("SELECT 1")
            proxy.mode = .stall
            async let read = Result { try await pool.run(PostgresUnit(.read, "SELECT 2", deadline: .milliseconds(50))) }
            // On a busy machine a write may be late before it is sent: then it surely was not done, and is tried again.
            var write: StoreError.Code?
            var deadline = Duration.milliseconds(50)
            repeat {
                write = code(
                    await Result { [deadline] in
                        try await pool.run(PostgresUnit(.write, "SELECT 2", deadline: deadline))
                    })
                deadline = min(deadline * 2, .seconds(5))
            } while write == .unavailable
            #expect(write == .unknownOutcome)
            #expect(code(await read) == .unavailable)
            proxy.mode = .open
            // The stalled sockets are still there and still silent: only new ones can answer.
            let before = proxy.connections
            for access in [PostgresUnit.Access.read, .write] { await run(access, on: pool) }
            #expect(proxy.connections >= before)
        }
    }

    @Test func aSilentConnectionIsFoundDeadBeforeItIsNeeded() async throws {
        let proxy = try TestProxy(PostgresFixture.url)
        defer { proxy.close() }
        try await PostgresFixture.withPool {
            $0.url = proxy.url
            $0.writers.connections = 1
            $0.readers.connections = 1
            $0.hasListener = false
            $0.heartbeat = .milliseconds(30)
            $0.connectTimeout = .milliseconds(100)
        } _: { pool in
            // A busy machine may be silent for so long too: what was under way then is asked once more.
            func write() async { while (try? await pool.run(PostgresUnit(.write, "SELECT 1"))) == nil {} }
            while (try? await pool.query("SELECT 1")) == nil {}
            await write()
            proxy.mode = .stall
            while pool.ready(.write) > 0 || pool.ready(.read) > 0 { await Task.yield() }
            proxy.mode = .open
            await write()
        }
    }

    // MARK: - Bounds and cancelling

    @Test func aFullQueueRefuses() async throws {
        try await PostgresFixture.withPool {
            $0.writers = .init(connections: 1, depth: 1)
            $0.maxQueued = 5
        } _: { pool in
            let first = try await atTheGate(waiting(.write), on: pool) { session, _ in
                try await withThrowingTaskGroup(of: StoreError.Code?.self) { group in
                    for _ in 0..<8 {
                        group.addImmediateTask {
                            do throws(PostgresError) { try await pool.run(PostgresUnit(.write, "SELECT 1")) } catch {
                                return error.code
                            }
                            return nil
                        }
                    }
                    #expect(pool.waiting(.write) == 5)
                    // Reads have a queue of their own.
                    _ = try await pool.query("SELECT 1")
                    var codes: [StoreError.Code?] = []
                    for _ in 0..<3 { codes.append(try await group.next() ?? nil) }
                    #expect(codes == [.unavailable, .unavailable, .unavailable])
                    try await session.query("SELECT pg_advisory_unlock($1)", [.integer(gate)])
                    for try await code in group { #expect(code == nil) }
                }
            }
            #expect(code(first) == nil)
        }
    }

    @Test func aTaskThatIsCancelledTakesItsUnitBackUnlessItWasSent() async throws {
        try await makeTable()
        try await PostgresFixture.withPool {
            $0.writers = .init(connections: 1, depth: 1)
        } _: { pool in
            try await PostgresFixture.withSession { session in
                try await session.query("SELECT pg_advisory_lock($1)", [.integer(gate)])
                let sent = Task { try await pool.run(waiting(.write, insert: 1)) }
                var isWaiting = false
                while !isWaiting {
                    isWaiting =
                        try await session.query(
                            "SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory' AND (classid::int8 << 32 | objid::int8) = $1",
                            [.integer(gate)]
                        ).count == 1
                }
                let queued = Task { try await pool.run(PostgresUnit(.write, "INSERT INTO \(table) VALUES (2)")) }
                while pool.waiting(.write) == 0 { await Task.yield() }
                let before = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    return try await pool.run(PostgresUnit(.write, "INSERT INTO \(table) VALUES (3)"))
                }
                #expect(code(await before.result) == .unavailable)
                queued.cancel()
                #expect(code(await queued.result) == .unavailable)
                #expect(pool.waiting(.write) == 0)
                sent.cancel()
                try await session.query("SELECT pg_advisory_unlock($1)", [.integer(gate)])
                #expect(code(await sent.result) == nil)
            }
            let written = try await ids()
            #expect(written == [1])
        }
    }

    // MARK: - Closing

    @Test func closingLetsWhatWasGivenEnd() async throws {
        try await makeTable()
        let pool = try PostgresPool(PostgresFixture.configuration { $0.writers = .init(connections: 1, depth: 2) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in 0..<50 {
                group.addImmediateTask {
                    try await pool.run(PostgresUnit(.write, "INSERT INTO \(table) VALUES (\(id))"))
                }
            }
            await pool.close(within: .seconds(30))
            try await group.waitForAll()
        }
        let written = try await ids()
        #expect(written == Array(0..<50))
        let error = await #expect(throws: PostgresError.self) { try await pool.run(PostgresUnit(.read, "SELECT 1")) }
        #expect(error?.code == .unavailable)
        // Closing again is fine, from anywhere.
        await pool.close()
    }

    @Test func closingAnswersEverybodyInTheEnd() async throws {
        let pool = try PostgresPool(PostgresFixture.configuration { $0.writers = .init(connections: 1, depth: 1) })
        let result = try await atTheGate(waiting(.write), on: pool) { _, _ in
            let behind = Task.immediate { try await pool.run(PostgresUnit(.write, "SELECT 1")) }
            await pool.close(within: .zero)
            #expect(code(await behind.result) == .unavailable)
        }
        #expect(code(result) == .unknownOutcome)
    }

    @Test func aPoolThatIsLetGoEndsItsThread() async throws {
        // The thread holds the core as long as it runs. Its name says nothing: the system gives it to threads that are
        // started from there as well, and those of the dialers' queue are kept for other work.
        weak var core: PoolCore?
        do {
            let pool = try PostgresPool(PostgresFixture.configuration())
            core = pool.core
            _ = try await pool.query("SELECT 1")
        }
        while core != nil { await Task.yield() }
    }
}

/// Says whether something has come to its end, to whoever waits for something else meanwhile.
private final class Over: Sendable {
    private let state = Atomic(false)

    var isDone: Bool { state.load(ordering: .acquiring) }

    func after<T: Sendable>(_ body: @Sendable () async throws -> T) async -> Result<T, any Error> {
        let result = await Result { try await body() }
        state.store(true, ordering: .releasing)
        return result
    }
}
