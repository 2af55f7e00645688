import Scheduling
import Testing

@testable import AlmanacRuntime

@Suite(.needsPostgres, .ownDatabase) struct PostgresPoolTests {
    @Test func aUnitRuns() async throws {
        try await PostgresFixture.withPool { pool in
            let rows = try await pool.query("SELECT $1 + 1, $2, $3::text", [.integer(41), .text("hi"), .null])
            #expect(rows.map(\.values) == [[.integer(42), .text("hi"), .null]])
        }
    }
}
