@testable import SQL
import Scheduling
import Synchronization

@testable import AlmanacRuntime

/// The record of a schedule: what every process writes to, looked over after each write.
final class Record: Sendable {
    let store: SQLiteStore
    let ledger: Ledger
    let clock: ManualClock
    private let names = Mutex<[ID: String]>([:])

    init(ledger: Ledger, clock: ManualClock) throws {
        store = try SQLiteStore(inMemory: ())
        try SQLiteMigrator(store).migrate()
        self.ledger = ledger
        self.clock = clock
    }

    /// Writes a batch and looks at what it made of the record.
    func write(_ batch: [Change]) -> [CommitOutcome] {
        let generations = Dictionary(uniqueKeysWithValues: Set(batch.map(\.key)).map { ($0, generation($0)) })
        let outcomes = store.commit(batch)
        for (change, outcome) in zip(batch, outcomes) {
            switch outcome {
            case .committed(let seq, _):
                if let decided = change.generation, let actual = generations[change.key], decided != actual {
                    ledger.violate("\(change.action) of generation \(decided) was written under \(actual ?? -1)")
                }
                ledger.require((seq == nil) == change.events.isEmpty, "an answer numbers events that are not there")
            case .conflict("slot.insert"), .conflict("slot.hold"): explainConflict(change)
            case .conflict(let kind): ledger.violate("\(change.action) met a conflict of \(kind)")
            case .stale, .keyTaken, .fenced: ledger.count("outcome \(outcome.label)")
            case .failed(let error): ledger.violate("\(change.action) failed: \(error)")
            case .unknown, .refused: ledger.violate("the store answers \(outcome.label)")
            }
        }
        check()
        return outcomes
    }

    /// The database refuses an overlap, so memory had offered time that was taken. Never, but for a hold whose time
    /// is up and whose end could not be written: that one the clock has set free.
    private func explainConflict(_ change: Change) {
        ledger.count("outcome conflict")
        for row in change.rows where ["slot.insert", "slot.hold"].contains(row.kind.name) {
            let live = rows(
                """
                SELECT 1 FROM time_slots WHERE calendar_id = $1 AND seat = $2 AND starts_at < $4 AND ends_at > $3
                    AND owner <> $5 AND (expires_at IS NULL OR expires_at > $6)
                """,
                Array(row.values[0..<4]) + [row.values[5], .instant(clock.now())]
            )
            ledger.require(live.isEmpty, "memory offered time that was taken: \(change.action)")
        }
    }

    private func generation(_ calendar: ID) -> Int64? {
        rows("SELECT generation FROM calendar_heads WHERE calendar_id = $1", [.id(calendar)]).first
            .flatMap { try? $0.integer(0) }
    }

    func rows(_ sql: String, _ arguments: [SQLValue] = []) -> [SQLRow] {
        do {
            return try store.query(sql, arguments)
        } catch {
            ledger.violate("a check cannot be run: \(error)")
            return []
        }
    }

    func exists(_ sql: String, _ arguments: [SQLValue]) -> Bool { !rows(sql, arguments).isEmpty }

    /// A short name that is the same whenever the schedule is run.
    func name(_ id: ID) -> String {
        names.withLock { names in
            if let name = names[id] { return name }
            let name = "#\(names.count)"
            names[id] = name
            return name
        }
    }
}
