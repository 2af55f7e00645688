import TestSupport
@testable import SQL
import Scheduling
import Synchronization

@testable import AlmanacRuntime

/// What a process sees of the record: real SQL, run inline, with jobs interleaving around it and faults by seed.
///
/// The record outlives the process: several may look at one store, and what one sent may arrive after its end.
final class SimulatedDatabase: Database {
    /// What becomes of a batch on its way.
    enum Fault: String, CaseIterable {
        case none
        /// Not written, and said so.
        case failed
        /// Written, but the answer is lost: timed out, yet committed.
        case writtenUnknown
        /// Not written, the answer is lost.
        case lost
        /// Written some time after the caller was told that nobody knows.
        case late
    }

    private struct State {
        var random: SplitMix
        var late: [[Change]] = []
        /// Faults to come before any drawn by seed.
        var script: [Fault] = []
        /// Faults in a hundred calls.
        var faults: Int
        var isCut = false
        var reads = 0
        /// The keys of the batches under way.
        var keys: Set<ID> = []
    }

    let record: Record
    private let executor: SeededExecutor
    private let state: Mutex<State>

    init(record: Record, executor: SeededExecutor, seed: UInt64, faults: Int) {
        self.record = record
        self.executor = executor
        state = Mutex(State(random: SplitMix(seed: seed), faults: faults))
    }

    /// How many statements were run, but for commits.
    var reads: Int { state.withLock { $0.reads } }

    /// Whether the process is dead: nothing it does reaches the record any more.
    var isCut: Bool { state.withLock { $0.isCut } }

    func cut() { state.withLock { $0.isCut = true } }

    func setFaults(_ percent: Int) { state.withLock { $0.faults = percent } }

    /// Names the faults of the next batches.
    func script(_ faults: [Fault]) { state.withLock { $0.script = faults } }

    func query(_ read: NamedRead, _ arguments: [SQLValue]) async throws(StoreError) -> [SQLRow] {
        try await self.read(read.sql, arguments)
    }

    func query(_ sql: String, _ arguments: [SQLValue], for organization: ID) async throws(StoreError) -> [SQLRow] {
        try await read(sql, arguments)
    }

    private func read(_ sql: String, _ arguments: [SQLValue]) async throws(StoreError) -> [SQLRow] {
        try await arrive("query")
        let rows = try record.store.query(sql, arguments)
        await wander()
        return rows
    }

    func openHead(
        _ calendar: ID, of organization: ID, under tenure: Tenure?
    ) async throws(StoreError) -> Head? {
        try await arrive("openHead")
        let head = try record.store.openHead(calendar, of: organization)
        record.ledger.note("openHead \(record.name(calendar)) → \(head.map { "\($0.generation), \($0.seq)" } ?? "nil")")
        await wander()
        // The head was raised, but the answer is lost.
        if state.withLock({ $0.random.below(200) < $0.faults }) { throw StoreError(.unavailable, "injected") }
        return head
    }

    func commit(_ batch: [Change]) async -> [CommitOutcome] {
        let keys = Set(batch.map(\.key))
        state.withLock { state in
            record.ledger.require(state.keys.isDisjoint(with: keys), "a calendar has two groups under way")
            state.keys.formUnion(keys)
        }
        defer { state.withLock { $0.keys.subtract(keys) } }
        await wander()
        deliverLate(all: false)
        let fault: Fault = state.withLock { state in
            if state.isCut { return .failed }
            if !state.script.isEmpty { return state.script.removeFirst() }
            guard state.random.below(100) < state.faults else { return .none }
            return Fault.allCases[1 + state.random.below(Fault.allCases.count - 1)]
        }
        record.ledger.count("batch \(fault.rawValue)")
        let outcomes: [CommitOutcome]
        switch fault {
        case .none: outcomes = record.write(batch)
        case .failed: outcomes = batch.map { _ in .failed(StoreError(.unavailable, "injected")) }
        case .writtenUnknown:
            _ = record.write(batch)
            outcomes = batch.map { _ in .unknown }
        case .lost: outcomes = batch.map { _ in .unknown }
        case .late:
            state.withLock { $0.late.append(batch) }
            outcomes = batch.map { _ in .unknown }
        }
        record.ledger.note(
            "commit \(fault.rawValue): "
                + zip(batch, outcomes).map { "\($0.action) \($1.label)" }.joined(separator: ", ")
        )
        await wander()
        return outcomes
    }

    func ping() async throws(StoreError) {}

    /// Writes batches that were thought lost.
    func deliverLate(all: Bool) {
        while let batch = state.withLock({ state -> [Change]? in
            guard !state.late.isEmpty, all || state.random.oneIn(3) else { return nil }
            return state.late.removeFirst()
        }) {
            let outcomes = record.write(batch)
            record.ledger.note("late: " + outcomes.map(\.label).joined(separator: ", "))
            for outcome in outcomes { record.ledger.count("late \(outcome.label.prefix { $0 != " " })") }
        }
    }

    private func arrive(_ what: String) async throws(StoreError) {
        await wander()
        deliverLate(all: false)
        let isDown = state.withLock { state in
            state.reads += 1
            return state.isCut || state.random.below(200) < state.faults
        }
        guard isDown else { return }
        record.ledger.note("\(what) unavailable")
        throw StoreError(.unavailable, "injected")
    }

    private func wander() async {
        for _ in 0..<state.withLock({ $0.random.below(3) }) { await executor.pause() }
    }
}

/// The record as it stands, for an actor that only looks: it fences nobody and writes nothing.
struct FrozenDatabase: Database {
    let store: SQLiteStore

    func query(_ sql: String, _ arguments: [SQLValue], for organization: ID) async throws(StoreError) -> [SQLRow] {
        try store.query(sql, arguments)
    }

    func query(_ read: NamedRead, _ arguments: [SQLValue]) async throws(StoreError) -> [SQLRow] {
        try store.query(read.sql, arguments)
    }

    func openHead(
        _ calendar: ID, of organization: ID, under tenure: Tenure?
    ) async throws(StoreError) -> Head? {
        try store.query("SELECT generation, seq FROM calendar_heads WHERE calendar_id = $1", [.id(calendar)]).first
            .map { row throws(StoreError) in Head(generation: try row.integer(0), seq: try row.integer(1)) }
    }

    func commit(_ batch: [Change]) async -> [CommitOutcome] { batch.map { _ in .refused(.draining) } }

    func ping() async throws(StoreError) {}
}

extension CommitOutcome {
    var label: String {
        switch self {
        case .committed(let seq, _): "committed \(seq.map(String.init) ?? "-")"
        case .conflict(let kind): "conflict \(kind)"
        case .stale: "stale"
        case .keyTaken: "keyTaken"
        case .fenced: "fenced"
        case .failed(let error): "failed \(error)"
        case .unknown: "unknown"
        case .refused(let refusal): "refused \(refusal)"
        }
    }
}

extension Change {
    /// What the trace calls it.
    var action: String { audit?.action ?? rows.first?.kind.name ?? "nothing" }
}
