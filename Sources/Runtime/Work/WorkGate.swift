public import Scheduling
import Synchronization

/// Limits heavy work, in turns of tenants, so that cheap requests do not wait for expensive ones.
///
/// Heavy work runs on its own low-priority threads (``WorkThreads``), not on those that serve everybody.
public final class WorkGate: Sendable {
    public struct Limits: Sendable, Hashable {
        /// The most heavy jobs at once.
        public var width: Int
        /// The most of one tenant at once.
        public var share: Int
        /// The most waiting jobs of one tenant, and of all together.
        public var waiting: Int
        public var waitingTogether: Int

        public init(width: Int = 1, share: Int = 1, waiting: Int = 16, waitingTogether: Int = 128) {
            self.width = width
            self.share = share
            self.waiting = waiting
            self.waitingTogether = waitingTogether
        }
    }

    /// Resumed with true at the waiter's turn, or with false if it is refused.
    private typealias Waiter = CheckedContinuation<Bool, Never>

    private let queue: Mutex<WorkQueue<ID, Waiter>>
    private let threads: WorkThreads?
    private let refusals = Atomic<Int>(0)
    private let turns = Atomic<Int>(0)

    /// - Parameter hasThreads: whether jobs run on the gate's own threads; otherwise they run where their caller runs.
    public init(_ limits: Limits = Limits(), hasThreads: Bool = false) {
        queue = Mutex(WorkQueue(limits))
        threads = hasThreads ? WorkThreads(count: limits.width) : nil
    }

    /// How many jobs run, and how many wait.
    public var running: Int { queue.withLock { $0.running } }
    public var waiting: Int { queue.withLock { $0.waiting } }
    /// How many jobs have begun, and how many were refused. Both only grow.
    public var begun: Int { turns.load(ordering: .relaxed) }
    public var refused: Int { refusals.load(ordering: .relaxed) }

    /// Runs a tenant's job when its turn comes.
    ///
    /// - Parameter refusal: thrown if too many jobs wait.
    public func run<R: Sendable, Failure: Error>(
        for tenant: ID, refusal: Failure, _ body: @Sendable () async throws(Failure) -> R
    ) async throws(Failure) -> R {
        guard await begin(tenant) else {
            refusals.add(1, ordering: .relaxed)
            throw refusal
        }
        turns.add(1, ordering: .relaxed)
        defer { end(tenant) }
        return try await withTaskExecutorPreference(threads, operation: body)
    }

    /// Runs a short step of a longer piece of work among the heavy jobs, in its turn among them, and does not count it.
    public func aside<R: Sendable>(_ body: @Sendable () async -> R) async -> R {
        await withTaskExecutorPreference(threads, operation: body)
    }

    private func begin(_ tenant: ID) async -> Bool {
        await withCheckedContinuation { (waiter: Waiter) in
            let (entrance, displaced) = queue.withLock { $0.enter(tenant, waiter) }
            displaced?.resume(returning: false)
            switch entrance {
            case .run: waiter.resume(returning: true)
            case .wait: break
            case .refused: waiter.resume(returning: false)
            }
        }
    }

    private func end(_ tenant: ID) {
        let next = queue.withLock { $0.leave(tenant) }
        for waiter in next { waiter.resume(returning: true) }
    }
}
