@testable import SQL
import Scheduling
import Testing

@testable import AlmanacRuntime

@Suite struct SQLiteDatabaseTests {
    private let folder = TemporaryFolder()

    private func open() throws -> (SQLiteDatabase, StoreFixture) {
        let path = folder.path("a.sqlite")
        let fixture = try StoreFixture(path: path)
        fixture.store.close()
        return (try SQLiteDatabase(path: path), fixture)
    }

    @Test func whatIsCommittedIsReadByTheNextQuery() async throws {
        let (database, fixture) = try open()
        for number in 1...20 {
            let outcomes = await database.commit([fixture.change([fixture.slot(number, number + 1)])])
            #expect(outcomes.map(\.label) == ["committed(\(number))"])
            let rows = try await database.query(
                "SELECT count(*) FROM time_slots", [], for: fixture.organization
            )
            #expect(try rows[0].int(0) == number)
        }
        try await database.ping()
    }

    @Test func aTaskThatIsCancelledStillWrites() async throws {
        let (database, fixture) = try open()
        let change = fixture.change([fixture.slot(0, 1)])
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await database.commit([change]).map(\.label)
        }
        #expect(await task.value == ["committed(1)"])
        #expect(
            try await database.openHead(fixture.calendar, of: fixture.organization, under: nil)
                == Head(generation: 1, seq: 1)
        )
    }
}
