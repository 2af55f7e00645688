public import ServiceLifecycle
import Metrics
import Scheduling
import Synchronization

/// Gathers waiting changes into transactions, and answers each caller separately.
///
/// No timer: a batch is whatever queued while the last one was being written. Callers suspend on plain continuations,
/// so a client that hangs up aborts nothing.
public final class CommitLog: Service {
    /// A caller's changes, in order, and where to answer.
    private final class Call: Sendable {
        struct State {
            var outcomes: [CommitOutcome?]
            var missing: Int
            var continuation: CheckedContinuation<[CommitOutcome], Never>?
        }

        let state: Mutex<State>

        init(count: Int, continuation: CheckedContinuation<[CommitOutcome], Never>) {
            state = Mutex(
                State(outcomes: Array(repeating: nil, count: count), missing: count, continuation: continuation)
            )
        }

        func answer(_ index: Int, _ outcome: CommitOutcome) {
            let done: (CheckedContinuation<[CommitOutcome], Never>, [CommitOutcome])? = state.withLock { state in
                state.outcomes[index] = outcome
                state.missing -= 1
                guard state.missing == 0, let continuation = state.continuation else { return nil }
                state.continuation = nil
                return (continuation, state.outcomes.compactMap { $0 })
            }
            if let (continuation, outcomes) = done { continuation.resume(returning: outcomes) }
        }
    }

    private struct Entry: Sendable {
        let change: Change
        let ticket: Int
        let sink: (any CommitSink)?
        let call: Call
        let index: Int
    }

    private struct State {
        var queue: CommitQueue<Entry>
        var idle: [CheckedContinuation<Void, Never>] = []
        /// How many committers are writing.
        var busy = 0

        /// Whether a batch should leave now. While one is under way, only a large one leaves: two small ones cost more
        /// than one that waits a little.
        func mayTake(_ besides: Int) -> Bool { queue.hasReady && (busy == 0 || queue.count >= besides) }
    }

    private let database: any Database
    private let maxBatch: Int
    private let committers: Int
    private let besides: Int
    private let published: Signal?
    private let health: StoreHealth?
    private let state: Mutex<State>
    private let batchSize = Recorder(
        label: "almanac_commit_batch_changes", dimensions: [], aggregate: true
    )
    private let batchTime = Metrics.Timer(label: "almanac_commit_batch")

    /// - Parameters:
    ///   - maxBatch: the most changes one transaction carries.
    ///   - maxQueued: past this many waiting changes, new ones are refused.
    ///   - committers: how many transactions may be under way at once.
    ///   - besides: how many changes must wait before a batch leaves beside one that is under way.
    ///   - published: fired after each commit that put an event into the outbox.
    ///   - health: gets the outcomes of each transaction.
    public init(
        database: any Database, maxBatch: Int = 256, maxQueued: Int = 8_192, committers: Int = 2, besides: Int = 64,
        published: Signal? = nil, health: StoreHealth? = nil
    ) {
        self.database = database
        self.maxBatch = maxBatch
        self.committers = committers
        self.besides = min(besides, maxBatch)
        self.published = published
        self.health = health
        state = Mutex(State(queue: CommitQueue(limit: maxQueued)))
    }

    /// How many changes wait to be written.
    public var queued: Int { state.withLock { $0.queue.count } }

    /// Writes changes of one key in order, and returns the outcome of each.
    ///
    /// `tickets` name them to the sink, which settles a whole group before any of its callers resumes.
    public func commit(
        _ changes: [Change], tickets: [Int] = [], sink: (any CommitSink)? = nil
    ) async -> [CommitOutcome] {
        if changes.isEmpty { return [] }
        return await withCheckedContinuation { continuation in
            let call = Call(count: changes.count, continuation: continuation)
            let items = changes.enumerated().map { index, change in
                CommitQueue<Entry>.Item(
                    key: change.key, isAlone: change.isAlone,
                    entry: Entry(
                        change: change, ticket: index < tickets.count ? tickets[index] : 0, sink: sink, call: call,
                        index: index
                    )
                )
            }
            let (enqueued, waiter) = state.withLock { state in
                let enqueued = state.queue.enqueue(items)
                return (enqueued, state.mayTake(besides) ? state.idle.popLast() : nil)
            }
            waiter?.resume()
            let refusal: CommitRefusal
            switch enqueued {
            case .accepted: return
            case .overloaded: refusal = .overloaded
            case .draining: refusal = .draining
            }
            for index in changes.indices { call.answer(index, .refused(refusal)) }
        }
    }

    /// Writes until told to stop, then until nothing waits.
    public func run() async throws {
        await withTaskCancellationOrGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                for _ in 0..<committers { group.addTask { await self.writeUntilDrained() } }
            }
        } onCancelOrGracefulShutdown: {
            self.drain()
        }
    }

    /// Accepts nothing more; still writes what waits.
    public func drain() {
        let idle = state.withLock { state in
            state.queue.drain()
            defer { state.idle = [] }
            return state.idle
        }
        for continuation in idle { continuation.resume() }
    }

    private func writeUntilDrained() async {
        while true {
            let (batch, isDone) = state.withLock { state in
                let batch = state.mayTake(besides) ? state.queue.takeBatch(max: maxBatch) : []
                if !batch.isEmpty { state.busy += 1 }
                return (batch, batch.isEmpty && state.queue.isDraining && state.queue.isIdle)
            }
            if isDone { return }
            if batch.isEmpty {
                await idle()
                continue
            }
            await write(batch)
        }
    }

    private func idle() async {
        await withCheckedContinuation { continuation in
            let now = state.withLock { state in
                if state.mayTake(besides) || (state.queue.isDraining && state.queue.isIdle) { return true }
                state.idle.append(continuation)
                return false
            }
            if now { continuation.resume() }
        }
    }

    private func write(_ batch: [CommitQueue<Entry>.Item]) async {
        let started = SystemClock.monotonic()
        let outcomes = await database.commit(batch.map(\.entry.change))
        batchTime.recordNanoseconds(Int64(SystemClock.monotonic() - started))
        batchSize.record(batch.count)
        health?.note(outcomes)

        // A key's group goes to its owner in one call; an owner that was replaced meanwhile gets its own changes.
        var groups: [Range<Int>] = []
        for (index, item) in batch.enumerated() {
            if let last = groups.last, batch[last.lowerBound].key == item.key,
                batch[last.lowerBound].entry.sink === item.entry.sink
            {
                groups[groups.count - 1] = last.lowerBound..<(index + 1)
            } else {
                groups.append(index..<(index + 1))
            }
        }
        for group in groups {
            if let sink = batch[group.lowerBound].entry.sink {
                await sink.settle(group.map { (batch[$0].entry.ticket, outcomes[$0]) })
            }
        }
        let idle = state.withLock { state in
            state.busy -= 1
            state.queue.finish(groups.lazy.map { batch[$0.lowerBound].key })
            guard state.queue.hasReady || state.queue.isDraining else { return [CheckedContinuation<Void, Never>]() }
            defer { state.idle = [] }
            return state.idle
        }
        for (index, item) in batch.enumerated() { item.entry.call.answer(item.entry.index, outcomes[index]) }
        if let published, zip(batch, outcomes).contains(where: { $0.entry.change.isPublished && $1.mayBeWritten }) {
            published.fire()
        }
        for continuation in idle { continuation.resume() }
    }
}

extension Change {
    fileprivate var isPublished: Bool { events.contains(where: \.isPublished) }
}

extension CommitOutcome {
    fileprivate var mayBeWritten: Bool {
        switch self {
        case .committed, .unknown: true
        case .conflict, .stale, .keyTaken, .fenced, .failed, .refused: false
        }
    }
}
