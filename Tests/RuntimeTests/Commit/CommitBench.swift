import TestSupport
@testable import SQL
import Scheduling
import Synchronization

@testable import AlmanacRuntime

/// A log over a database that answers when the test says so, on an executor that runs when the test says so.
final class CommitBench: Sendable {
    let executor = SeededExecutor(seed: 1)
    let database = HeldDatabase()
    let log: CommitLog
    private let notes = Mutex<[String]>([])
    private let tasks = Mutex<[Task<Void, Never>]>([])

    init(maxBatch: Int = 256, maxQueued: Int = 100, committers: Int = 1, besides: Int = 1) {
        log = CommitLog(
            database: database, maxBatch: maxBatch, maxQueued: maxQueued, committers: committers, besides: besides
        )
    }

    /// What happened, in order: `sink…` and `caller…`.
    var story: [String] { notes.withLock { $0 } }

    func note(_ line: String) { notes.withLock { $0.append(line) } }

    /// Starts the log.
    func start() {
        spawn {
            try? await self.log.run()
            self.note("log ended")
        }
    }

    /// A caller that commits changes and notes what became of them. Returns its number.
    @discardableResult
    func commit(_ name: String, _ changes: [Change], tickets: [Int] = [], sink: (any CommitSink)? = nil) -> Int {
        spawn {
            let outcomes = await self.log.commit(changes, tickets: tickets, sink: sink)
            self.note("\(name): \(outcomes.map(\.label).joined(separator: " "))")
        }
    }

    func cancel(_ caller: Int) { tasks.withLock { $0[caller] }.cancel() }

    /// Runs all that can run; returns when everything waits for the test.
    func settle() { executor.run() }

    /// Answers the oldest batch, and runs on.
    func answer(_ outcomes: [CommitOutcome]) {
        database.answer(outcomes)
        settle()
    }

    @discardableResult
    private func spawn(_ body: @escaping @Sendable () async -> Void) -> Int {
        let task = Task(executorPreference: executor, operation: body)
        return tasks.withLock { tasks in
            tasks.append(task)
            return tasks.count - 1
        }
    }

    static func change(_ key: UInt64, _ name: String, alone: Bool = false) -> Change {
        let id = ID(high: 0, low: key)
        return Change(
            key: id, organizationID: id, generation: nil, rows: [],
            audit: AuditEntry(
                id: id, action: name, targetID: id, principal: "test", requestID: "", at: Instant(seconds: 0)
            ),
            isAlone: alone
        )
    }
}

/// Keeps each batch until it is told the answer.
final class HeldDatabase: Database {
    private struct State {
        var batches: [[Change]] = []
        var waiting: [CheckedContinuation<[CommitOutcome], Never>] = []
    }

    private let state = Mutex(State())

    /// The names of the changes of every batch so far.
    var batches: [[String]] { state.withLock { $0.batches.map { $0.compactMap(\.audit?.action) } } }
    var inFlight: Int { state.withLock { $0.waiting.count } }

    func commit(_ batch: [Change]) async -> [CommitOutcome] {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                state.batches.append(batch)
                state.waiting.append(continuation)
            }
        }
    }

    func answer(_ outcomes: [CommitOutcome]) {
        state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }?.resume(returning: outcomes)
    }

    func query(_ sql: String, _ arguments: [SQLValue], for organization: ID) async throws(StoreError) -> [SQLRow] { [] }
    func query(_ read: NamedRead, _ arguments: [SQLValue]) async throws(StoreError) -> [SQLRow] { [] }
    func openHead(
        _ calendar: ID, of organization: ID, under tenure: Tenure?
    ) async throws(StoreError) -> Head? { nil }
    func ping() async throws(StoreError) {}
}

/// Notes each call in a bench's story.
actor NotingSink: CommitSink {
    private let name: String
    private let bench: CommitBench

    init(_ name: String, _ bench: CommitBench) {
        self.name = name
        self.bench = bench
    }

    func settle(_ outcomes: [(ticket: Int, outcome: CommitOutcome)]) async {
        await bench.executor.pause()
        bench.note("\(name): " + outcomes.map { "\($0.ticket) \($0.outcome.label)" }.joined(separator: ", "))
    }
}

extension CommitOutcome {
    var label: String {
        switch self {
        case .committed(let seq, _): "committed(\(seq.map(String.init) ?? "-"))"
        case .conflict(let kind): "conflict(\(kind))"
        case .stale: "stale"
        case .keyTaken: "keyTaken"
        case .fenced: "fenced"
        case .failed(let error): "failed(\(error.code.rawValue))"
        case .unknown: "unknown"
        case .refused(let refusal): "refused(\(refusal))"
        }
    }
}
