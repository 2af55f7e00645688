import Dispatch
import Synchronization

/// The jobs between the callers and the sending threads. Bounded: when it is full, it refuses more.
final class SMTPQueue: Sendable {
    enum Next {
        case job(SMTPJob)
        /// No job came for a while.
        case idle
        case closed
    }

    private struct State {
        var waiting: [SMTPJob] = []
        var isClosed = false
        var threads: Int
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    private let capacity: Int
    private let state: Mutex<State>
    private let aborted = Atomic(false)
    /// Signalled once for each job, and for each thread when the queue closes.
    private let arrivals = DispatchSemaphore(value: 0)

    init(capacity: Int, threads: Int) {
        self.capacity = capacity
        state = Mutex(State(threads: threads))
    }

    /// Whether running sends must be aborted.
    var isAborted: Bool { aborted.load(ordering: .relaxed) }

    /// False if the queue is full or closed.
    func add(_ job: SMTPJob) -> Bool {
        let isTaken = state.withLock { state in
            guard !state.isClosed, state.waiting.count < capacity else { return false }
            state.waiting.append(job)
            return true
        }
        if isTaken { arrivals.signal() }
        return isTaken
    }

    /// Blocks the calling thread until there is a job, the queue closes, or the time is over.
    func next(idleAfter seconds: Int) -> Next {
        while true {
            guard arrivals.wait(timeout: .now() + .seconds(seconds)) == .success else { return .idle }
            let next: Next? = state.withLock { state in
                if !state.waiting.isEmpty { return .job(state.waiting.removeFirst()) }
                return state.isClosed ? .closed : nil
            }
            if let next { return next }
        }
    }

    /// Takes no more jobs and gives back those that wait. Running sends continue.
    func close() {
        let (waiting, threads) = state.withLock { state in
            defer { state.waiting = [] }
            guard !state.isClosed else { return (state.waiting, 0) }
            state.isClosed = true
            return (state.waiting, state.threads)
        }
        for job in waiting { job.settle(.retry(afterSeconds: nil, reason: "the mail channel is shutting down")) }
        for _ in 0..<threads { arrivals.signal() }
    }

    func abort() { aborted.store(true, ordering: .relaxed) }

    /// Each thread calls this last.
    func threadEnded() {
        let closers = state.withLock { state in
            state.threads -= 1
            guard state.threads == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.closers = [] }
            return state.closers
        }
        for closer in closers { closer.resume() }
    }

    /// Waits until every thread has ended.
    func ended() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.threads > 0 { state.closers.append(continuation) }
                return state.threads == 0
            }
            if isOver { continuation.resume() }
        }
    }
}
