import Connecting
import Glibc
import Logging
import Synchronization

/// The thread that owns the pool's connections: polls all of them at once, sends waiting units, delivers answers.
///
///     tick (time) ─► adopt (new connections) ─► listen ─► dispatch ─► sleep in poll ─► serve each socket ─► tick
///
/// It decides nothing: `PoolState` tells it what to do. It blocks only in `poll`.
final class PostgresReactor {
    private let core: PoolCore
    private var connections: [PipelinedConnection?]
    private let listener: Int?
    private var isFinished = false

    private init(_ core: PoolCore) {
        self.core = core
        let (count, listener) = core.shared.withLock { ($0.pool.connectionCount, $0.pool.listener) }
        connections = Array(repeating: nil, count: count)
        self.listener = listener
    }

    /// Runs on the calling thread until the pool is closed.
    static func run(_ core: PoolCore) {
        let reactor = PostgresReactor(core)
        while !reactor.isFinished { reactor.step() }
        let (closers, listeners) = core.shared.withLock { shared in
            defer { shared.closers = [] }
            return (shared.closers, shared.listen.all)
        }
        for listener in listeners { listener.finish() }
        for closer in closers { closer.resume() }
    }

    private func step() {
        let now = MonotonicTime.now()
        let (actions, dialed) = core.shared.withLock { shared in
            defer { shared.dialed = [] }
            return (shared.pool.tick(now), shared.dialed)
        }
        actions.forEach(perform)
        for (slot, generation, link) in dialed { adopt(link, slot, generation, now) }
        if isFinished { return }
        askToListen(now)
        dispatch(now)
        wait()
    }

    private func perform(_ action: PoolState<UnitJob>.Action) {
        switch action {
        case .dial(let slot, let generation):
            core.dialer.dial { [core] link in
                core.change { shared in
                    shared.dialed.append((slot, generation, link))
                    return shared.pool.tell()
                }
            }
        case .probe(let slot):
            // If sending fails, reading from the connection will report the reason.
            _ = connections[slot]?.send(EncodedUnit(plain: []), for: .probe)
        case .hangUp(let slot):
            connections[slot] = nil
            if slot == listener { core.shared.withLock { $0.listen.lost() } }
        case .answer(let job, let failure, let because):
            job.continuation.resume(returning: .failure(PostgresError(failure, because: because)))
        case .finish:
            isFinished = true
        }
    }

    // MARK: - Making and losing connections

    private func adopt(_ link: Link?, _ slot: Int, _ generation: UInt64, _ now: UInt64) {
        guard core.shared.withLock({ $0.pool.isDialing(slot, generation: generation) }) else { return }
        guard let link, !link.isBad else { return lose(slot, link?.failure ?? "no memory", now) }
        connections[slot] = PipelinedConnection(link, maxPrepared: core.configuration.maxPrepared)
    }

    private func lose(_ slot: Int, _ reason: String, _ now: UInt64) {
        let (actions, isNews) = core.shared.withLock { shared in
            let isNews = shared.pool.isNews(slot, reason)
            return (shared.pool.lost(slot, because: reason, now), isNews)
        }
        if isNews { core.logger.warning("PostgreSQL connection \(slot) is gone: \(reason)") }
        actions.forEach(perform)
    }

    // MARK: - Sending

    private func askToListen(_ now: UInt64) {
        guard let slot = listener, let connection = connections[slot] else { return }
        let until = now + core.configuration.deadline.nanoseconds
        let request = core.shared.withLock { shared in
            let request = shared.listen.ask()
            if request != nil { shared.pool.takeOwn(slot, until: until) }
            return request
        }
        guard let request else { return }
        if !connection.send(EncodedUnit(plain: request.statements), for: .listen) {
            return lose(slot, connection.link.failure, now)
        }
        flush(slot, now)
    }

    private func dispatch(_ now: UInt64) {
        let sent = core.shared.withLock { $0.pool.dispatch() }
        var touched: Set<Int> = []
        for (index, (slot, job)) in sent.enumerated() {
            guard let connection = connections[slot] else { continue }
            touched.insert(slot)
            if !connection.send(job.unit, for: .unit) {
                let unsent = sent[(index + 1)...].count { $0.slot == slot }
                core.shared.withLock { $0.pool.untake(slot, unsent) }
                lose(slot, "connection lost", now)
            }
        }
        for slot in touched { flush(slot, now) }
    }

    private func flush(_ slot: Int, _ now: UInt64) {
        guard let connection = connections[slot] else { return }
        guard let isDone = connection.flush() else {
            receive(slot, now)
            if connections[slot] === connection { lose(slot, "connection lost", now) }
            return
        }
        core.shared.withLock { $0.pool.block(slot, !isDone) }
    }

    // MARK: - Waiting and receiving

    private func wait() {
        var slots: [Int] = []
        var descriptors = [pollfd(fd: core.wakeUp.descriptor, events: Int16(POLLIN), revents: 0)]
        for (slot, connection) in connections.enumerated() {
            guard let connection else { continue }
            let reads = !connection.isConnecting || !connection.wantsWrite
            let events = (reads ? Int16(POLLIN) : 0) | (connection.wantsWrite ? Int16(POLLOUT) : 0)
            slots.append(slot)
            descriptors.append(pollfd(fd: connection.link.socket, events: events, revents: 0))
        }
        let nap = core.shared.withLock { $0.pool.sleep(MonotonicTime.now()) }
        // Rounded up: waking too early would find nothing due, over and over.
        let milliseconds = Int32(clamping: nap / 1_000_000 + (nap % 1_000_000 == 0 ? 0 : 1))
        _ = poll(&descriptors, nfds_t(descriptors.count), milliseconds)
        if descriptors[0].revents != 0 { core.wakeUp.clear() }
        let now = MonotonicTime.now()
        for (slot, descriptor) in zip(slots, descriptors.dropFirst()) where descriptor.revents != 0 {
            serve(slot, descriptor.revents, now)
        }
    }

    private func serve(_ slot: Int, _ events: Int16, _ now: UInt64) {
        guard let connection = connections[slot] else { return }
        if connection.isConnecting {
            guard let isConnected = connection.connect() else { return }
            let settings = EncodedUnit(plain: core.configuration.session + core.configuration.planning)
            guard isConnected, connection.send(settings, for: .settings) else {
                return lose(slot, connection.link.failure, now)
            }
            core.shared.withLock { $0.pool.connected(slot) }
            return flush(slot, now)
        }
        if events & ~Int16(POLLOUT) != 0 { receive(slot, now) }
        if events & Int16(POLLOUT) != 0 { flush(slot, now) }
    }

    private func receive(_ slot: Int, _ now: UInt64) {
        guard let connection = connections[slot] else { return }
        var answers: [(UnitJob, Result<[ResultBuffer], PostgresError>)] = []
        var reason: String?
        connection.receive { received in
            switch received {
            case .done(.unit, let result):
                if let job = core.shared.withLock({ $0.pool.answered(slot, now) }) { answers.append((job, result)) }
            case .done(.probe, let result):
                if case .failure(let error) = result { reason = reason ?? error.sqlState ?? "refused" }
                core.shared.withLock { _ = $0.pool.answered(slot, now) }
            case .done(.listen, let result):
                if case .failure(let error) = result { reason = reason ?? error.sqlState ?? "refused" }
                // Earlier probes are answered first: only from here on the channels are heard.
                let heard = core.shared.withLock { shared in
                    _ = shared.pool.answered(slot, now)
                    return reason == nil ? shared.listen.answered() : []
                }
                for queue in heard { queue.gap() }
            case .done(.settings, .success):
                core.shared.withLock { shared in
                    shared.pool.configured(slot, now)
                    if slot == listener { shared.listen.connected() }
                }
            case .done(.settings, .failure(let error)):
                reason = reason ?? "\(error.sqlState ?? "refused") in the session's settings"
            case .lost(let cause):
                // A certain failure is not unknown.
                if let error = connection.certainFailure,
                    let job = core.shared.withLock({ $0.pool.answered(slot, now) })
                {
                    answers.append((job, .failure(error)))
                }
                reason = reason ?? cause
            }
        }
        for (job, result) in answers { job.continuation.resume(returning: result) }
        while let (channel, payload) = connection.notification() {
            for queue in core.shared.withLock({ $0.listen.listeners(of: channel) }) { queue.deliver(payload) }
        }
        if let reason { lose(slot, reason, now) }
    }
}
