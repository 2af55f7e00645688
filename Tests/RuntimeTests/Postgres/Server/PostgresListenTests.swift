@testable import SQL
@testable import PostgresDriver
import Scheduling
import Testing

@testable import AlmanacRuntime

@Suite(.needsPostgres, .ownDatabase, .timeLimit(.minutes(2))) struct PostgresListenTests {
    /// Ends the session that listens.
    private func endListener(_ session: PostgresSession) async throws {
        var ended = 0
        while ended == 0 {
            ended = try await session.query(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND query LIKE 'LISTEN "lost%'
                """
            ).count
        }
    }

    @Test func whatIsNotifiedIsHeardInOrderBehindAGap() async throws {
        try await PostgresFixture.withPool { pool in
            var heard = try pool.listen("orders").makeAsyncIterator()
            #expect(await heard.next() == .gap)
            for text in ["one", "", "três"] {
                try await pool.run(PostgresUnit(.write, "SELECT pg_notify('orders', $1)", [.text(text)]))
            }
            for text in ["one", "", "três"] { #expect(await heard.next() == .payload(text)) }
        }
    }

    @Test func aUnitThatIsUndoneNotifiesNobody() async throws {
        try await PostgresFixture.withPool { pool in
            var heard = try pool.listen("undone").makeAsyncIterator()
            #expect(await heard.next() == .gap)
            var unit = PostgresUnit(.write, "SELECT pg_notify('undone', 'no')")
            unit.add(PostgresStatement("SELECT 1 / 0"))
            let undone = unit
            await #expect(throws: PostgresError.self) { try await pool.run(undone) }
            try await pool.run(PostgresUnit(.write, "SELECT pg_notify('undone', 'yes')"))
            #expect(await heard.next() == .payload("yes"))
        }
    }

    @Test func channelsAreHeardApartAndTheirNamesAreExact() async throws {
        try await PostgresFixture.withPool { pool in
            let names = ["Upper \"quoted\"", "upper", String(repeating: "x", count: 63)]
            var streams = try names.map { try pool.listen($0).makeAsyncIterator() }
            for index in streams.indices { #expect(await streams[index].next() == .gap) }
            for name in names { try await pool.run(PostgresUnit(.write, "SELECT pg_notify($1, $1)", [.text(name)])) }
            for index in streams.indices { #expect(await streams[index].next() == .payload(names[index])) }
            for name in ["", String(repeating: "x", count: 64), "a\0b"] {
                #expect(throws: PostgresError.self) { try pool.listen(name) }
            }
        }
    }

    @Test func everyListenerOfAChannelHears() async throws {
        try await PostgresFixture.withPool { pool in
            var first = try pool.listen("shared").makeAsyncIterator()
            #expect(await first.next() == .gap)
            var second = try pool.listen("shared").makeAsyncIterator()
            #expect(await second.next() == .gap)
            try await pool.run(PostgresUnit(.write, "SELECT pg_notify('shared', 'x')"))
            #expect(await first.next() == .payload("x"))
            #expect(await second.next() == .payload("x"))
        }
    }

    @Test func behindALostConnectionThereIsAGap() async throws {
        try await PostgresFixture.withPool { pool in
            try await PostgresFixture.withSession { session in
                var one = try pool.listen("lost_one").makeAsyncIterator()
                var two = try pool.listen("lost_two").makeAsyncIterator()
                #expect(await one.next() == .gap)
                #expect(await two.next() == .gap)
                try await endListener(session)
                #expect(await one.next() == .gap)
                #expect(await two.next() == .gap)
                try await session.query("SELECT pg_notify('lost_one', 'back'), pg_notify('lost_two', 'too')")
                #expect(await one.next() == .payload("back"))
                #expect(await two.next() == .payload("too"))
            }
        }
    }

    @Test func aStreamThatIsLetGoIsNotListenedToAnyMore() async throws {
        try await PostgresFixture.withPool { pool in
            var kept = try pool.listen("kept").makeAsyncIterator()
            #expect(await kept.next() == .gap)
            do {
                var dropped = try pool.listen("dropped").makeAsyncIterator()
                #expect(await dropped.next() == .gap)
            }
            try await PostgresFixture.withSession { session in
                var stopped = false
                while !stopped {
                    stopped = try await !session.query(
                        #"SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query = 'UNLISTEN "dropped"'"#
                    ).isEmpty
                }
            }
            try await pool.run(PostgresUnit(.write, "SELECT pg_notify('kept', 'x')"))
            #expect(await kept.next() == .payload("x"))
        }
    }

    @Test func aTaskThatIsCancelledHearsNoMore() async throws {
        try await PostgresFixture.withPool { pool in
            let stream = try pool.listen("cancelled")
            let task = Task { await stream.reduce(0) { count, _ in count + 1 } }
            task.cancel()
            #expect(await task.value <= 1)
        }
    }

    @Test func closingEndsTheStreams() async throws {
        let pool = try PostgresPool(PostgresFixture.configuration())
        var heard = try pool.listen("closing").makeAsyncIterator()
        #expect(await heard.next() == .gap)
        await pool.close()
        #expect(await heard.next() == nil)
        #expect(throws: PostgresError.self) { try pool.listen("closing") }
    }
}
