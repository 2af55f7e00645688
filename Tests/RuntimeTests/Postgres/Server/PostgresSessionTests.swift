@testable import PostgresDriver
@testable import SQL
import Scheduling
import Synchronization
import Testing

@testable import AlmanacRuntime

@Suite(.needsPostgres, .ownDatabase, .timeLimit(.minutes(2))) struct PostgresSessionTests {
    private struct Regret: Error {}

    private final class Counter: Sendable { let count = Mutex(0) }

    @Test func severalStatementsAreOne() async throws {
        try await PostgresFixture.withSession { session in
            try await session.execute(
                "CREATE TABLE several (id int8 PRIMARY KEY); INSERT INTO several VALUES (1); -- the end")
            let error = await #expect(throws: PostgresError.self) {
                try await session.execute(
                    "INSERT INTO several VALUES (2); INSERT INTO several VALUES (1)", label: "twice")
            }
            #expect(error?.sqlState == "23505" && error?.statement == "twice" && error?.constraint == "several_pkey")
            let rows = try await session.query("SELECT id FROM several")
            #expect(rows.map(\.values) == [[.integer(1)]])
        }
    }

    @Test func aMistakeIsPointedAt() async throws {
        try await PostgresFixture.withSession { session in
            let error = await #expect(throws: PostgresError.self) {
                try await session.execute("SELECT 1; SELEKT 'secret'")
            }
            #expect(error?.sqlState == "42601" && error?.position == 11)
            #expect(error?.description == "statement: PostgreSQL 42601 in SELECT 1; SELEKT 'secret' at 11")
        }
    }

    @Test func parametersAndTypesWorkAsInThePool() async throws {
        try await PostgresFixture.withSession { session in
            let rows = try await session.query("SELECT $1 || 'b', $2 + 1, $3::uuid", [.text("a"), .integer(1), .null])
            #expect(rows.map(\.values) == [[.text("ab"), .integer(2), .null]])
            let result = try await session.run(
                PostgresStatement("SELECT sum(n)::int8 FROM unnest($1) n", [.many(.int8)]),
                [.many([.integer(1), .null, .integer(41)])]
            )
            #expect(try result?.rows().map(\.values) == [[.integer(42)]])
            await #expect(throws: PostgresError.self) { try await session.query("SELECT 1.5") }
        }
    }

    @Test func aTransactionIsWrittenOrUndoneWhole() async throws {
        try await PostgresFixture.withSession { session in
            try await session.execute("CREATE TABLE whole (id int8)")
            let answer = try await session.withTransaction { session in
                try await session.query("INSERT INTO whole VALUES (1)")
                return 7
            }
            #expect(answer == 7)
            await #expect(throws: Regret.self) {
                try await session.withTransaction { session in
                    try await session.query("INSERT INTO whole VALUES (2)")
                    throw Regret()
                }
            }
            // The body hides a failure: the server would answer its COMMIT with ROLLBACK.
            let hidden = await #expect(throws: PostgresError.self) {
                try await session.withTransaction { session in
                    try await session.query("INSERT INTO whole VALUES (3)")
                    _ = try? await session.query("SELECT 1 / 0")
                }
            }
            #expect(hidden?.sqlState == "25P02")
            let rows = try await session.query("SELECT id FROM whole")
            #expect(rows.map(\.values) == [[.integer(1)]])
        }
    }

    @Test func aTransactionDoesNotNest() async throws {
        try await PostgresFixture.withSession { session in
            await #expect(throws: PostgresError.self) {
                try await session.withTransaction { session in try await session.withTransaction { _ in } }
            }
            let rows = try await session.query("SELECT 1")
            #expect(rows.count == 1)
        }
    }

    /// The statement is stopped on the server, and nothing runs behind it.
    @Test func aCancelledTaskStopsItsStatement() async throws {
        try await PostgresFixture.withSession { watcher in
            try await watcher.query("SELECT pg_advisory_lock(77)")
            let task = Task {
                try await PostgresFixture.withSession { session in
                    do { try await session.query("SELECT pg_advisory_lock(77)") } catch {
                        let after = await #expect(throws: PostgresError.self) { try await session.query("SELECT 1") }
                        #expect(after?.context == "the session was cancelled")
                        throw error
                    }
                }
            }
            var pid: Int64?
            while pid == nil {
                pid = try await watcher.query(
                    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 77 AND NOT granted"
                )
                .first?.integer(0)
            }
            task.cancel()
            let error = await #expect(throws: PostgresError.self) { try await task.value }
            #expect(error?.sqlState == "57014")
            // Its session is gone too.
            var isThere = true
            while isThere {
                isThere = try await !watcher.query(
                    "SELECT 1 FROM pg_stat_activity WHERE pid = $1", [.integer(pid ?? 0)]
                ).isEmpty
            }
        }
    }

    @Test func aTaskThatIsCancelledBeforeRunsNothing() async throws {
        let task = Task {
            try await PostgresFixture.withSession { session in
                withUnsafeCurrentTask { $0?.cancel() }
                try await session.execute("CREATE TABLE never (id int8)")
            }
        }
        await #expect(throws: PostgresError.self) { try await task.value }
        try await PostgresFixture.withSession { session in
            let rows = try await session.query("SELECT to_regclass('never') IS NULL")
            #expect(rows.map(\.values) == [[.bool(true)]])
        }
    }

    @Test func aSessionThatIsEndedSaysSo() async throws {
        try await PostgresFixture.withSession { session in
            let pid = try await session.query("SELECT pg_backend_pid()")[0].integer(0)
            try await PostgresFixture.withSession {
                try await $0.query("SELECT pg_terminate_backend($1::int4)", [.integer(pid)])
            }
            let first = await #expect(throws: PostgresError.self) { try await session.query("SELECT 1") }
            #expect(first?.code == .unknownOutcome)
            let second = await #expect(throws: PostgresError.self) { try await session.query("SELECT 1") }
            #expect(second?.code == .unavailable)
        }
    }

    @Test func aCopyEndsTheSessionAndNotTheProcess() async throws {
        try await PostgresFixture.withSession { session in
            try await session.execute("CREATE TABLE copied (id int8)")
            await #expect(throws: PostgresError.self) { try await session.execute("COPY copied FROM STDIN") }
            await #expect(throws: PostgresError.self) { try await session.execute("SELECT 1") }
        }
    }

    @Test func noMoreThanTheLimitAreLentAndTheRestWaitTheirTurn() async throws {
        let sessions = PostgresSessions(PostgresFixture.configuration(), limit: 2, maxWaiting: 6)
        // Counted here: the server still lists a session for a while after it has ended.
        let lent = Counter()
        let most = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await sessions.withSession { session in
                        let now = lent.count.withLock { count in
                            count += 1
                            return count
                        }
                        try await session.query("SELECT pg_sleep(0.01)")
                        lent.count.withLock { $0 -= 1 }
                        return now
                    }
                }
            }
            return try await group.reduce(0) { max($0, $1) }
        }
        #expect((1...2).contains(most))
    }

    @Test func whoComesToAFullHouseIsRefused() async throws {
        let sessions = PostgresSessions(PostgresFixture.configuration(), limit: 1, maxWaiting: 0)
        try await sessions.withSession { _ in
            let error = await #expect(throws: PostgresError.self) { try await sessions.withSession { _ in } }
            #expect(error?.code == .unavailable)
        }
        try await sessions.withSession { try await $0.execute("SELECT 1") }
    }

    @Test func noServerIsUnavailable() async throws {
        let proxy = try TestProxy(PostgresFixture.url)
        defer { proxy.close() }
        // Who is refused is told so, however long that takes on a busy machine; who hears nothing waits in vain.
        for (mode, word, patience) in [
            (TestProxy.Mode.refuse, "closed", Duration.seconds(60)), (.stall, "timeout", .milliseconds(200)),
        ] {
            proxy.mode = mode
            let sessions = PostgresSessions(
                PostgresFixture.configuration {
                    $0.url = proxy.url
                    $0.connectTimeout = patience
                }
            )
            let error = await #expect(throws: PostgresError.self) { try await sessions.withSession { _ in } }
            #expect(error?.code == .unavailable)
            #expect(error?.context?.contains(word) == true, "\(String(describing: error))")
        }
    }
}
