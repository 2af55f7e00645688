import SQL
import AlmanacRuntime
import Scheduling
import Synchronization

/// Stands before a database and counts what that is asked.
final class CountedDatabase: Database {
    private let database: any Database
    private let asked = Atomic<Int>(0)

    init(_ database: any Database) { self.database = database }

    var count: Int { asked.load(ordering: .relaxed) }

    private var counted: any Database {
        asked.add(1, ordering: .relaxed)
        return database
    }

    func query(_ sql: String, _ arguments: [SQLValue], for organization: ID) async throws(StoreError) -> [SQLRow] {
        try await counted.query(sql, arguments, for: organization)
    }

    func query(_ read: NamedRead, _ arguments: [SQLValue]) async throws(StoreError) -> [SQLRow] {
        try await counted.query(read, arguments)
    }

    func commit(_ batch: [Change]) async -> [CommitOutcome] { await counted.commit(batch) }

    func openHead(_ calendar: ID, of organization: ID, under tenure: Tenure?) async throws(StoreError) -> Head? {
        try await counted.openHead(calendar, of: organization, under: tenure)
    }

    func ping() async throws(StoreError) { try await counted.ping() }
}
