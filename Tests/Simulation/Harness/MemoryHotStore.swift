import TestSupport
import Scheduling
import Synchronization

@testable import AlmanacRuntime

/// A hot store in memory that several nodes share. Each node has a ``MemoryHotStore`` of its own to reach it by.
///
/// What is sent is carried out when the node's turn comes: in order for one node, at any time between nodes. Without an
/// executor it is carried out at once.
final class MemoryHotServer: Sendable {
    fileprivate struct State {
        var records: [String: HotRecord] = [:]
        var lines: [MemoryHotStore.Line] = []
        var random: SplitMix
        /// Faults in a hundred steps.
        var faults = 0
        var messagesToLose = 0
    }

    fileprivate let state: Mutex<State>
    fileprivate let executor: SeededExecutor?
    fileprivate let ledger: Ledger?

    init(seed: UInt64 = 1, executor: SeededExecutor? = nil, ledger: Ledger? = nil) {
        self.ledger = ledger
        state = Mutex(State(random: SplitMix(seed: seed)))
        self.executor = executor
    }

    func setFaults(_ percent: Int) { state.withLock { $0.faults = percent } }

    /// Lets the next messages get lost, and nobody know.
    func loseMessages(_ count: Int) { state.withLock { $0.messagesToLose = count } }

    private func isLost() -> Bool {
        state.withLock { state in
            if state.messagesToLose > 0 {
                state.messagesToLose -= 1
                return true
            }
            return state.random.below(100) < state.faults
        }
    }

    /// Forgets everything.
    func flush() { state.withLock { $0.records = [:] } }

    func record(_ key: String) -> HotRecord? { state.withLock { $0.records[key] } }

    func set(_ key: String, _ record: HotRecord?) { state.withLock { $0.records[key] = record } }

    fileprivate func hasFault() -> Bool { state.withLock { $0.random.below(100) < $0.faults } }

    /// Lets other things happen, for a while.
    fileprivate func wander() async {
        guard let executor else { return }
        for _ in 0..<state.withLock({ $0.random.below(4) }) { await executor.pause() }
    }

    fileprivate func apply(_ write: HotWrite) -> HotWritten {
        let (outcome, listening) = state.withLock { state -> (HotWritten, [MemoryHotStore.Line]) in
            let stored = state.records[write.key]
            if let stored, stored.version > write.version { return (.superseded, []) }
            var record = HotRecord(version: write.version, fields: [:])
            if let base = write.base {
                guard let stored, stored.version == base else { return (.behind, []) }
                record.fields = stored.fields
            }
            for field in write.remove { record.fields[field] = nil }
            for (field, value) in write.set { record.fields[field] = value }
            state.records[write.key] = record
            return (.written, state.lines.filter { $0.key == write.key })
        }
        let event = HotEvent.written(base: write.base, version: write.version, message: write.message)
        ledger?.note(
            "store: \(write.base.map { "\($0.epoch),\($0.seq)" } ?? "all") → \(write.version.epoch),\(write.version.seq) \(outcome)"
        )
        for line in listening where !isLost() { line.send(event) }
        return outcome
    }
}

/// A node's way to the hot store.
final class MemoryHotStore: HotStore {
    /// One listener.
    final class Line: HotListening {
        let key: String
        private let store: MemoryHotStore
        private let receive: @Sendable (HotEvent) -> Void
        private let hasEnded = Atomic<Bool>(false)

        fileprivate init(_ key: String, _ store: MemoryHotStore, _ receive: @escaping @Sendable (HotEvent) -> Void) {
            self.key = key
            self.store = store
            self.receive = receive
        }

        fileprivate func send(_ event: HotEvent) { store.enqueueEvent { self.deliver(event) } }

        fileprivate func deliver(_ event: HotEvent) {
            if case .written = event, !store.isReachable { return }
            if !hasEnded.load(ordering: .acquiring) { receive(event) }
        }

        func end() {
            hasEnded.store(true, ordering: .releasing)
            store.server.state.withLock { $0.lines.removeAll { $0 === self } }
        }
    }

    private struct State {
        var isReachable = true
        var isHeld = false
        var writes: [(HotWrite, @Sendable (HotWritten) -> Void)] = []
        var events: [@Sendable () -> Void] = []
        var sent: [HotWrite] = []
    }

    let server: MemoryHotServer
    private let state = Mutex(State())

    init(_ server: MemoryHotServer) { self.server = server }

    var isReachable: Bool { state.withLock { $0.isReachable } }

    /// All that was ever sent.
    var sent: [HotWrite] { state.withLock { $0.sent } }

    /// Whether what is sent waits until it is let go.
    func hold(_ isHeld: Bool) {
        state.withLock { $0.isHeld = isHeld }
        if !isHeld { while work() {} }
    }

    func setReachable(_ isReachable: Bool) {
        let (writes, didChange) = state.withLock { state in
            let didChange = state.isReachable != isReachable
            state.isReachable = isReachable
            if isReachable { return ([(HotWrite, @Sendable (HotWritten) -> Void)](), didChange) }
            defer { state.writes = [] }
            return (state.writes, didChange)
        }
        for (write, completion) in writes {
            // Some were written before the line broke.
            if server.hasFault() { _ = server.apply(write) }
            completion(.failed)
        }
        guard didChange else { return }
        for line in server.state.withLock({ $0.lines }) where line.belongs(to: self) {
            line.send(isReachable ? .connected : .disconnected)
        }
    }

    func write(_ write: HotWrite, completion: @escaping @Sendable (HotWritten) -> Void) {
        let isTaken = state.withLock { state in
            state.sent.append(write)
            guard state.isReachable else { return false }
            state.writes.append((write, completion))
            return true
        }
        guard isTaken else { return completion(.failed) }
        soon { _ = self.work() }
    }

    func read(_ key: String) async throws(HotError) -> HotRecord? {
        try await arrive()
        return server.record(key)
    }

    func version(_ key: String) async throws(HotError) -> HotVersion? {
        try await arrive()
        return server.record(key)?.version
    }

    func listen(_ key: String, _ receive: @escaping @Sendable (HotEvent) -> Void) -> any HotListening {
        let line = Line(key, self, receive)
        server.state.withLock { $0.lines.append(line) }
        if isReachable { line.send(.connected) }
        return line
    }

    func put(_ name: String, _ value: [UInt8], seconds: Int) async throws(HotError) {}

    func take(_ name: String) async throws(HotError) -> [UInt8]? { nil }

    private func arrive() async throws(HotError) {
        await server.wander()
        guard isReachable, !server.hasFault() else { throw HotError(.unreachable, "injected") }
        // Behind the writes of this node.
        while work() {}
    }

    fileprivate func enqueueEvent(_ event: @escaping @Sendable () -> Void) {
        state.withLock { $0.events.append(event) }
        soon { self.state.withLock { $0.events.isEmpty ? nil : $0.events.removeFirst() }?() }
    }

    private func soon(_ body: @escaping @Sendable () -> Void) {
        guard let executor = server.executor else { return body() }
        let server = server
        Task(executorPreference: executor) {
            await server.wander()
            body()
        }
    }

    /// Carries out the next write.
    private func work() -> Bool {
        let next = state.withLock { state in
            state.isHeld || state.writes.isEmpty ? nil : state.writes.removeFirst()
        }
        guard let (write, completion) = next else { return false }
        if server.hasFault() {
            // Written or not, the answer is lost.
            if server.hasFault() { _ = server.apply(write) }
            completion(.failed)
        } else {
            completion(server.apply(write))
        }
        return true
    }
}

extension MemoryHotStore.Line {
    fileprivate func belongs(to other: MemoryHotStore) -> Bool { store === other }
}

/// Owns nothing: every calendar is some other node's.
struct NoOwnership: ShardOwnership {
    func tenure(of organization: ID) -> Tenure? { nil }
    func lookAgain() {}
}
