public import SQL
import Connecting
public import Logging
public import Scheduling
public import ServiceLifecycle
import Metrics
import Synchronization

/// Keeps this node's leases, takes its share of the shards, and hands them over. See docs/lease.md.
public final class ShardLeases: ShardOwnership, Service {
    private struct State {
        var node: NodeIdentity
        var table = ShardTable()
        var isDraining = false
        var isSuperseded = false
        /// Whether the last round reached the record; a change is logged.
        var isReaching = true
        var hooks = Hooks()
    }

    /// What the modules above do when shards come and go.
    private struct Hooks {
        var gone: @Sendable ([Shard]) async -> Void = { _ in }
        var gained: @Sendable ([Shard]) async -> Void = { _ in }
    }

    private let store: any LeaseStore
    let lease: Duration
    private let mayShare: Bool
    private let logger: Logger
    private let clock: @Sendable () -> UInt64
    private let hear: @Sendable (@Sendable () -> Void) async -> Void
    private let state: Mutex<State>
    private let bell = Bell()
    private let entrance = Bell()
    private let signal = Signal()

    /// - Parameters:
    ///   - mayShare: whether other nodes may run beside this one.
    ///   - clock: nanoseconds that advance while the machine sleeps.
    ///   - hear: calls whenever leases may have changed hands elsewhere, until its task is cancelled.
    public init(
        store: any LeaseStore, node: NodeIdentity, lease: Duration, mayShare: Bool, logger: Logger,
        clock: @escaping @Sendable () -> UInt64 = SystemClock.sinceBoot,
        hear: @escaping @Sendable (@Sendable () -> Void) async -> Void = { _ in }
    ) {
        self.store = store
        state = Mutex(State(node: node))
        self.lease = lease
        self.mayShare = mayShare
        self.logger = logger
        self.clock = clock
        self.hear = hear
    }

    /// This process among the others.
    public var node: NodeIdentity { state.withLock { $0.node } }

    /// - Parameters:
    ///   - gone: returns when no work of these shards is in flight any more, or after a limited time.
    ///   - gained: these shards now belong to this node.
    public func onChange(
        gone: @escaping @Sendable ([Shard]) async -> Void, gained: @escaping @Sendable ([Shard]) async -> Void
    ) {
        state.withLock { $0.hooks = Hooks(gone: gone, gained: gained) }
    }

    // MARK: - Who has what

    public func tenure(of organization: ID) -> Tenure? {
        let now = clock()
        let shard = Shard(of: organization)
        return state.withLock { $0.table.tenure(of: shard, now: now) }
    }

    /// Where an organization is served: here, on another node, or nowhere for the moment.
    public func place(of organization: ID) -> ShardPlace {
        let now = clock()
        let shard = Shard(of: organization)
        let rings = bell.rings
        return state.withLock { state in
            if let tenure = state.table.tenure(of: shard, now: now) { return .here(tenure) }
            if let owner = state.table.owners[shard.number], owner.node != state.node.id, !owner.url.isEmpty {
                return .there(node: owner.node, url: owner.url, epoch: owner.epoch, rings: rings)
            }
            return .nowhere(rings: rings)
        }
    }

    /// Returns when the known leases have changed since `rings`, or when the task is cancelled.
    public func changed(since rings: UInt64) async { await bell.wait(after: rings) }

    /// How often the known leases have changed. Read this first, then the leases.
    public var rings: UInt64 { bell.rings }

    /// Reads the leases again soon, because something elsewhere contradicts the known ones.
    public func lookAgain() { signal.fire() }

    /// By this node's own clock.
    var now: UInt64 { clock() }

    func holds(_ shard: Shard, now: UInt64) -> Bool {
        state.withLock { $0.table.tenure(of: shard, now: now) != nil }
    }

    public var heldCount: Int { state.withLock { $0.table.held.count } }

    /// Whether the last renewal reached the record.
    public var isReaching: Bool { state.withLock { $0.isReaching } }

    /// Whether this node can take or forward bookings: it reaches the record and, if alone, its leases are valid.
    public var canServe: Bool {
        let now = clock()
        return state.withLock { state in
            guard state.isReaching, !state.isDraining, !state.isSuperseded else { return false }
            return mayShare || state.table.held.contains { state.table.tenure(of: $0, now: now) != nil }
        }
    }

    /// Whether this node is handing over its shards, or has done so.
    public var isDraining: Bool { state.withLock { $0.isDraining || $0.isSuperseded } }

    /// All nodes, with how many shards each holds.
    public func view() async throws(StoreError) -> LeaseView { try await store.view() }

    /// Asks a node to hand over its shards.
    public func drain(_ id: String) async throws(StoreError) -> Bool { try await store.drain(id) }

    // MARK: - Rounds

    /// Joins the other nodes and takes free shards. Call before requests are accepted.
    ///
    /// - Parameter url: where other nodes reach this one; empty if they cannot.
    ///
    /// Throws ``StoreError/Code/locked`` if another node lives and nodes cannot share.
    public func join(at url: String = "") async throws(StoreError) {
        state.withLock { $0.node.url = url }
        let node = node
        let view = try await store.view()
        let ended = view.nodes.filter { $0.process.hasEnded }
        let others = view.nodes.filter { other in
            other.id != node.id && other.silentFor < Int64(lease.milliseconds) && !ended.contains(other)
        }
        if !mayShare, let other = others.first {
            throw StoreError(
                .locked, "node \(other.id) serves this database; more than one node needs redis.url"
            )
        }
        try await store.join(node, taking: ended.map(\.incarnation), lease: lease)
        _ = await round()
        entrance.ring()
    }

    /// Returns once this node has joined, or when the task is cancelled.
    public func joined() async { await entrance.wait(after: 0) }

    /// Keeps the leases until told to stop; then hands them over, if another node takes them.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.hear { self.signal.fire() } }
                group.addTask {
                    while !Task.isCancelled {
                        let pause = await self.round()
                        await self.wait(pause)
                    }
                }
            }
        }
        await handOver()
    }

    /// Releases the remaining leases, as the last step before the database is closed.
    public func leave() async {
        _ = state.withLock { $0.table.loseAll() }
        do {
            try await store.leave(node)
        } catch {
            logger.notice("the leases are left to end by themselves", metadata: ["cause": "\(error)"])
        }
    }

    private func wait(_ pause: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.signal.wait() }
            group.addTask { try? await Task.sleep(for: pause) }
            await group.next()
            group.cancelAll()
        }
    }

    private func handOver() async {
        state.withLock { $0.isDraining = true }
        let end = clock() + Duration.seconds(3).nanoseconds
        while heldCount > 0, clock() < end {
            let before = heldCount
            let pause = await round()
            // No node takes them: work in flight here ends here.
            if heldCount == before { return }
            if heldCount > 0 { try? await Task.sleep(for: min(pause, .milliseconds(50))) }
        }
    }

    /// Reads the record once and acts on it. Returns the time until the next round.
    func round() async -> Duration {
        let pause = lease / 3
        do throws(StoreError) {
            let begin = clock()
            switch try await store.beat(node, lease: lease) {
            case .superseded:
                await supersede()
                return pause
            case .alive(let held, let isDraining, let view):
                reached(nil)
                let next = try await act(on: view, held, isDraining: isDraining, begin: begin)
                return min(pause, next)
            }
        } catch {
            reached(error)
            return min(pause, .milliseconds(250))
        }
    }

    private func act(
        on view: LeaseView, _ held: [Tenure], isDraining: Bool, begin: UInt64
    ) async throws(StoreError) -> Duration {
        let (lost, isNew, plan, hooks) = state.withLock { state in
            let lost = state.table.renewed(held, until: deadline(begin))
            let isNew = state.table.learn(view)
            state.isDraining = state.isDraining || isDraining
            let plan = ShardPlan(
                view, for: state.node.id, held: state.table.held, isDraining: state.isDraining,
                lease: Int64(lease.milliseconds)
            )
            state.table.yield(plan.yield)
            return (lost, isNew, plan, state.hooks)
        }
        if isNew { bell.ring() }
        if !lost.isEmpty {
            logger.warning("shards were lost to another node", metadata: ["count": "\(lost.count)"])
            await hooks.gone(lost)
        }
        let yielding = state.withLock { $0.table.yielding }
        if !yielding.isEmpty { try await give(yielding, hooks) }
        if !plan.claim.isEmpty, try await take(plan.claim, view, hooks) < plan.claim.count { return .milliseconds(100) }
        // A foreign lease may end before the next beat.
        let end = view.leases.filter { !$0.isFree && $0.owner != node.id }.map(\.remaining).min()
        return end.map { .milliseconds($0 + 10) } ?? lease
    }

    private func give(_ shards: [Shard], _ hooks: Hooks) async throws(StoreError) {
        logger.info("handing shards over", metadata: ["count": "\(shards.count)"])
        await hooks.gone(shards)
        try await store.release(shards, of: node)
        state.withLock { $0.table.released(shards) }
        bell.ring()
    }

    private func take(_ shards: [Shard], _ view: LeaseView, _ hooks: Hooks) async throws(StoreError) -> Int {
        let begin = clock()
        let taken = try await store.claim(shards, for: node, lease: lease)
        if !taken.isEmpty {
            state.withLock { $0.table.claimed(taken, until: deadline(begin)) }
            await hooks.gained(taken.map(\.shard))
            bell.ring()
            logger.info("took shards", metadata: ["count": "\(taken.count)"])
        }
        // An ended lease that cannot be taken is locked by a transaction of its stopped owner.
        let missing = Set(shards).subtracting(taken.map(\.shard))
        let stuck = view.leases.filter { missing.contains($0.shard) && $0.remaining <= -500 && $0.owner != node.id }
        for incarnation in Set(stuck.compactMap(\.incarnation)) { try await store.disconnect(incarnation) }
        return taken.count
    }

    private func supersede() async {
        let (lost, hooks, isNew) = state.withLock { state in
            defer { state.isSuperseded = true }
            return (state.table.loseAll(), state.hooks, !state.isSuperseded)
        }
        if isNew {
            logger.error(
                "another process has joined under this node's id; this one serves nothing more",
                metadata: ["node": "\(node.id)"]
            )
        }
        if !lost.isEmpty { await hooks.gone(lost) }
    }

    /// Counted from before the query, minus a tenth for clocks that run at different speeds.
    private func deadline(_ begin: UInt64) -> UInt64 { begin + (lease - lease / 10).nanoseconds }

    private func reached(_ error: StoreError?) {
        let isNews = state.withLock { state in
            defer { state.isReaching = error == nil }
            return state.isReaching != (error == nil)
        }
        guard isNews else { return }
        if let error {
            logger.warning("the leases cannot be renewed", metadata: ["cause": "\(error)"])
        } else {
            logger.notice("the leases are renewed again")
        }
    }
}

/// Where an organization is served.
public enum ShardPlace: Sendable, Hashable {
    case here(Tenure)
    /// At the node whose internal listener is at `url`. `rings` is the count of changes known then.
    case there(node: String, url: String, epoch: Int64, rings: UInt64)
    /// No node has its shard, or it is changing hands.
    case nowhere(rings: UInt64)
}
