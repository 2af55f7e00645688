import Scheduling
import Testing

@testable import AlmanacRuntime

@Suite(.needsPostgres) struct PostgresPoolTests {
    @Test func aUnitRuns() async throws {
        let pool = try PostgresPool(PostgresConfiguration(url: PostgresFixture.url))
        let rows = try await pool.query("SELECT $1 + 1, $2, $3::text", [.integer(41), .text("hi"), .null])
        #expect(rows[0].values == [.integer(42), .text("hi"), .null])
        await pool.close()
    }
}
