import Connecting
import Glibc
import Logging
import Scheduling
import Synchronization

/// The thread that owns the two connections: a pipelined one for commands, and a subscribed one.
///
///     take what is new ─► tick (time) ─► send ─► sleep in poll ─► read ─► take what is new
///
/// It decides nothing: the pure states tell it what to do. It blocks only in `poll`.
final class RedisReactor {
    private let core: RedisCore
    private let commands: RedisLine
    private let pubSub: RedisLine
    private let loading: [RedisGreeting.Step]
    private let ping = Hiredis.encode(RedisGreeting.ping)
    private var random = SystemRandomNumberGenerator()

    private init(_ core: RedisCore) {
        self.core = core
        commands = RedisLine(.commands, core)
        pubSub = RedisLine(.pubSub, core)
        loading = RedisGreeting.loading(core.scripts)
    }

    private var lines: [RedisLine] { [commands, pubSub] }

    /// Runs on the calling thread until the client is closed.
    static func run(_ core: RedisCore) {
        let reactor = RedisReactor(core)
        while reactor.step() {}
        reactor.finish()
    }

    private func step() -> Bool {
        let (jobs, dialed, joined, isClosed) = core.shared.withLock { shared in
            defer { shared.dialed = [] }
            return (shared.inbox.drain(), shared.dialed, shared.pubSub.takeJoined(), shared.inbox.isClosed)
        }
        guard !isClosed else {
            fail(jobs, .closed)
            return false
        }
        let now = MonotonicTime.now()
        for listener in joined { listener.tell(.connected) }
        for (role, generation, result) in dialed { adopt(result, lines[role.rawValue], generation, now) }
        for line in lines { tick(line, now) }
        send(jobs)
        subscribe()
        for line in lines { flush(line, now) }
        wait()
        return true
    }

    private func tick(_ line: RedisLine, _ now: UInt64) {
        switch line.state.tick(now) {
        case nil: break
        case .dial: core.dial(line.role, generation: line.state.generation)
        case .ping: line.connection?.queue(ping)
        case .hangUp(let reason): lose(line, reason, now)
        }
    }

    // MARK: - Making and losing connections

    private func adopt(
        _ result: Result<RedisSocket, DialFailure>, _ line: RedisLine, _ generation: UInt64, _ now: UInt64
    ) {
        guard line.state.isDialing(generation) else { return }
        switch result {
        case .failure(let failure): lose(line, failure.reason, now)
        case .success(let socket):
            guard let connection = RedisConnection(socket, maxReplyBytes: core.configuration.maxReplyBytes) else {
                return lose(line, "no memory", now)
            }
            line.connection = connection
            line.state.connected(steps: line.greeting.steps.count)
            for step in line.greeting.steps { connection.queue(step.bytes) }
        }
    }

    private func greeted(_ line: RedisLine) {
        core.logger.info("connected to Redis", metadata: ["for": "\(line.role)"])
        switch line.role {
        case .pubSub: core.shared.withLock { $0.pubSub.connected() }
        case .commands:
            let attempts = core.shared.withLock { shared in
                defer { shared.attempts = [] }
                shared.inbox.reached()
                return shared.attempts
            }
            for attempt in attempts { attempt.resume(returning: nil) }
        }
    }

    private func lose(_ line: RedisLine, _ reason: String, _ now: UInt64) {
        if line.state.isReady || line.state.lastFailure != reason {
            core.logger.warning("no connection to Redis", metadata: ["for": "\(line.role)", "reason": "\(reason)"])
        }
        line.connection = nil
        let jobs = line.state.lost(now, because: reason, using: &random)
        switch line.role {
        case .pubSub:
            for listener in core.shared.withLock({ $0.pubSub.lost() }) { listener.tell(.disconnected) }
        case .commands:
            let attempts = core.shared.withLock { shared in
                defer { shared.attempts = [] }
                shared.inbox.lost(because: reason)
                return shared.attempts
            }
            fail(jobs, RedisError(.unreachable, "the connection to Redis was lost: \(reason)"))
            for attempt in attempts { attempt.resume(returning: reason) }
        }
    }

    private func finish() {
        fail(commands.state.close(), .closed)
        let (deaf, attempts) = core.shared.withLock { ($0.pubSub.lost(), $0.attempts) }
        for listener in deaf { listener.tell(.disconnected) }
        for attempt in attempts { attempt.resume(returning: RedisError.closed.context) }
        (commands.connection, pubSub.connection) = (nil, nil)
        let closers = core.shared.withLock { shared in
            shared.isFinished = true
            defer { (shared.closers, shared.attempts) = ([], []) }
            return shared.closers
        }
        for closer in closers { closer.resume() }
    }

    // MARK: - Sending

    private func send(_ jobs: [RedisJob]) {
        guard !jobs.isEmpty else { return }
        guard commands.state.isReady, let connection = commands.connection else {
            return fail(jobs, core.shared.withLock { $0.inbox.notConnected })
        }
        for job in jobs where commands.state.take(job, deadline: job.deadline) { connection.queue(job.bytes) }
    }

    private func subscribe() {
        guard pubSub.state.isReady, let connection = pubSub.connection else { return }
        guard let request = core.shared.withLock({ $0.pubSub.ask() }) else { return }
        for (verb, channels) in [("SUBSCRIBE", request.subscribe), ("UNSUBSCRIBE", request.unsubscribe)]
        where !channels.isEmpty {
            var command = RedisCommand(verb)
            for channel in channels { command.add(channel) }
            connection.queue(Hiredis.encode(command))
        }
    }

    private func flush(_ line: RedisLine, _ now: UInt64) {
        guard let connection = line.connection, let reason = connection.flush() else { return }
        // The server's last message says more than the lost connection.
        receive(line, now)
        if line.connection === connection { lose(line, reason, now) }
    }

    private func fail(_ jobs: [RedisJob], _ error: RedisError) {
        guard !jobs.isEmpty else { return }
        settle(jobs)
        for job in jobs { job.completion(.failure(error)) }
    }

    private func settle(_ jobs: [RedisJob]) {
        let size = jobs.reduce(0) { $0 + $1.bytes.count }
        core.shared.withLock { $0.inbox.settle(jobs.count, bytes: size) }
    }

    // MARK: - Waiting and receiving

    private func wait() {
        var descriptors = [pollfd(fd: core.wakeUp.descriptor, events: Int16(POLLIN), revents: 0)]
        let open = lines.compactMap { line in line.connection.map { (line, $0) } }
        for (_, connection) in open {
            let events = Int16(POLLIN) | (connection.wantsWrite ? Int16(POLLOUT) : 0)
            descriptors.append(pollfd(fd: connection.socket.descriptor, events: events, revents: 0))
        }
        let due = min(commands.state.dueAt, pubSub.state.dueAt)
        let now = MonotonicTime.now()
        let nap = due > now && core.shared.withLock({ $0.inbox.fallAsleep() }) ? due - now : 0
        // Rounded up: waking too early would find nothing due, over and over.
        _ = poll(
            &descriptors, nfds_t(descriptors.count), Int32(clamping: nap / 1_000_000 + (nap % 1_000_000 == 0 ? 0 : 1)))
        core.shared.withLock { $0.inbox.awake() }
        if descriptors[0].revents != 0 { core.wakeUp.clear() }
        let then = MonotonicTime.now()
        for ((line, _), descriptor) in zip(open, descriptors.dropFirst()) where descriptor.revents != 0 {
            if descriptor.revents & ~Int16(POLLOUT) != 0 { receive(line, then) }
        }
    }

    private func receive(_ line: RedisLine, _ now: UInt64) {
        guard let connection = line.connection else { return }
        var answers: [(job: RedisJob, reply: RedisReply)] = []
        var reason: String?
        let end = connection.receive { reply in
            guard reason == nil else { return }
            if line.role == .pubSub, line.state.isReady {
                reason = hear(reply, now)
            } else {
                reason = answer(reply, line, now, &answers)
            }
        }
        if !answers.isEmpty {
            settle(answers.map(\.job))
            for (job, reply) in answers { job.completion(.success(reply)) }
        }
        if let reason = reason ?? end { return lose(line, reason, now) }
        let again = line.state.resume(steps: loading.count, now)
        guard !again.isEmpty else { return }
        for step in loading { connection.queue(step.bytes) }
        for job in again { connection.queue(job.bytes) }
    }

    /// A reply to a command. Returns the reason if the connection is unusable.
    private func answer(
        _ reply: RedisReply, _ line: RedisLine, _ now: UInt64, _ answers: inout [(job: RedisJob, reply: RedisReply)]
    ) -> String? {
        switch line.state.answered(now, isRefused: reply.errorCode != nil) {
        case .nobody: return "an answer that nothing asked for"
        case .job(let job, let isSecondTry):
            if job.isScript, !isSecondTry, reply.errorCode == "NOSCRIPT" {
                line.state.setBack(job, deadline: job.deadline)
            } else {
                answers.append((job, reply))
            }
        case .own(let stepsLeft):
            if let code = reply.errorCode {
                let names = line.greeting.steps.map(\.name)
                let name = stepsLeft.map { names[names.count - 1 - $0] } ?? "PING"
                return "\(name) was refused: \(code)"
            }
            if stepsLeft == 0 { greeted(line) }
        }
        return nil
    }

    /// A reply on the subscribed connection.
    private func hear(_ reply: RedisReply, _ now: UInt64) -> String? {
        if let code = reply.errorCode { return "SUBSCRIBE was refused: \(code)" }
        pubSub.state.heard(now)
        guard case .array(let parts) = reply, parts.count >= 2 else {
            // Without a channel a ping is answered as on any connection.
            guard case .own = pubSub.state.answered(now) else { return "an answer that nothing asked for" }
            return nil
        }
        switch (parts[0].text?.exact, parts[1].text) {
        case ("message", let channel?):
            guard parts.count == 3, case .bytes(let payload) = parts[2] else { return "a message without a payload" }
            for listener in core.shared.withLock({ $0.pubSub.listeners(of: channel) }) {
                listener.tell(.message(payload))
            }
            return nil
        case ("subscribe", let channel?):
            guard let listeners = core.shared.withLock({ $0.pubSub.subscribed(channel) }) else { break }
            for listener in listeners { listener.tell(.connected) }
            return nil
        case ("unsubscribe", let channel?):
            if core.shared.withLock({ $0.pubSub.unsubscribed(channel) }) { return nil }
        case ("pong", _):
            if case .own = pubSub.state.answered(now) { return nil }
        default: break
        }
        return "an answer that nothing asked for"
    }
}

/// A connection, its state and its greeting. Only the reactor's thread uses it.
final class RedisLine {
    let role: RedisRole
    let greeting: RedisGreeting
    var state: RedisConnectionState<RedisJob>
    var connection: RedisConnection?

    init(_ role: RedisRole, _ core: RedisCore) {
        self.role = role
        greeting = RedisGreeting(core.configuration.address, scripts: core.scripts, role: role)
        state = RedisConnectionState(core.configuration.limits)
    }
}
