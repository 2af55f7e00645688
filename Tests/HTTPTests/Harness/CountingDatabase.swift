@testable import SQL
import AlmanacRuntime
import Scheduling
import Synchronization

/// Stands before a database and keeps what that is asked.
final class CountingDatabase: Database {
    private let counted = Mutex<(any Database)?>(nil)
    private let asked = Mutex<[String]>([])

    /// This, standing before another one.
    func count(_ database: any Database) -> any Database {
        counted.withLock { $0 = database }
        return self
    }

    /// What was asked since the last call.
    func take() -> [String] {
        asked.withLock { asked in
            defer { asked = [] }
            return asked
        }
    }

    private func note(_ what: String) throws(StoreError) -> any Database {
        asked.withLock { $0.append(what) }
        guard let database = counted.withLock({ $0 }) else { throw StoreError(.unavailable, "nothing is counted") }
        return database
    }

    func query(_ sql: String, _ arguments: [SQLValue], for organization: ID) async throws(StoreError) -> [SQLRow] {
        try await note(sql).query(sql, arguments, for: organization)
    }

    func query(_ read: NamedRead, _ arguments: [SQLValue]) async throws(StoreError) -> [SQLRow] {
        try await note(read.name).query(read, arguments)
    }

    func commit(_ batch: [Change]) async -> [CommitOutcome] {
        await (try? note("commit"))?.commit(batch) ?? batch.map { _ in .unknown }
    }

    func openHead(_ calendar: ID, of organization: ID, under tenure: Tenure?) async throws(StoreError) -> Head? {
        try await note("open head").openHead(calendar, of: organization, under: tenure)
    }

    func ping() async throws(StoreError) {
        try await note("ping").ping()
    }
}
