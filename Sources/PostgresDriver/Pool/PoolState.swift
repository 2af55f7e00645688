import Scheduling

/// Which units wait, which connection gets which, and how lost units are answered. Pure: callers and the reactor's
/// thread run it under one mutex, and carry out its actions.
///
///                    dispatch                    answered
///     waiting ─────────────────► in flight ─────────────────────► the server's answer
///        │ ▲                        │  │
///        │ └── a read, the first ───┤  └─ deadline ──► a read: unavailable · a write: unknown outcome
///        │     time, in time        │
///        │                          └─ connection lost ──► the same
///        └─ deadline, cancelled, closed ──► unavailable: it never ran
///
/// A write is sent once. A lost read is sent once more, because reading twice does no harm.
///
/// The pool as a whole has a state too, so that nobody waits for an unreachable server:
///
///                 a vital unit waited, and nothing was heard for `silence`
///     answering ────────────────────────────────────────────────────────► silent: units are refused, but vital ones
///         ▲                                                                 │
///         └──────────── anything is heard: an answer, a new session ────────┘
///
/// A class of connections also refuses its units if none is ready and each has failed to connect.
struct PoolState<Payload: Sendable>: Sendable {
    enum Submission: Sendable {
        /// `wake`: whether the reactor sleeps and must be woken.
        case accepted(id: UInt64, wake: Bool)
        case refused(PoolFailure)
    }

    enum Action: Sendable {
        case dial(slot: Int, generation: UInt64)
        case probe(slot: Int)
        case hangUp(slot: Int)
        /// `because`: why the connection was last lost.
        case answer(Payload, PoolFailure, because: String?)
        /// All is answered and closed: the reactor may end.
        case finish
    }

    let limits: PoolLimits
    private var random: any RandomNumberGenerator & Sendable
    private var connections: [ConnectionState<Payload>]
    /// The units that wait for one certain connection each, then for any writer, then for any reader.
    private var queues: [UnitQueue<Payload>]
    private var lastID: UInt64 = 0
    /// Nothing falls due before this; it may be too early.
    private var dueAt: UInt64 = 0
    /// When closing stops waiting for units in flight.
    private var closesAt: UInt64?
    /// Since when a vital unit has waited for any answer.
    private var vitalSince: UInt64?
    /// Whether the server seems silent.
    private(set) var isSilent = false
    private(set) var isFinished = false
    private var isAsleep = false
    private var hasNews = true

    init(_ limits: PoolLimits, random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()) {
        self.limits = limits
        self.random = random
        let count = limits.writers + limits.readers + (limits.hasListener ? 1 : 0)
        connections = (0..<count).map { _ in ConnectionState(limits) }
        queues = (0..<count + 2).map { _ in UnitQueue() }
    }

    private var writers: Range<Int> { 0..<limits.writers }
    private var readers: Range<Int> { limits.writers..<limits.writers + limits.readers }
    private func anyQueue(_ access: PostgresUnit.Access) -> Int { connections.count + (access == .write ? 0 : 1) }

    var connectionCount: Int { connections.count }
    var listener: Int? { limits.hasListener ? connections.count - 1 : nil }
    var isClosing: Bool { closesAt != nil }

    /// Units that wait for a connection of this class.
    func waiting(_ access: PostgresUnit.Access) -> Int {
        let own = access == .write ? writers : readers
        return own.reduce(queues[anyQueue(access)].count) { $0 + queues[$1].count }
    }

    func readyCount(_ access: PostgresUnit.Access) -> Int {
        connections[access == .write ? writers : readers].count(where: \.isReady)
    }

    /// Whether a connection of this class owes an answer to a caller that has gone.
    func isOwing(_ access: PostgresUnit.Access) -> Bool {
        connections[access == .write ? writers : readers].contains(where: \.isOwing)
    }

    // MARK: - Callers

    /// - Parameters:
    ///   - isVital: whether to send it even to a server that seems unreachable; an answer shows that it is back.
    ///   - isCancelled: whether the caller's task is cancelled already; a later cancellation withdraws the unit.
    mutating func submit(
        _ payload: Payload, _ access: PostgresUnit.Access, writer: Int? = nil, deadline: UInt64,
        isVital: Bool = false, isCancelled: Bool = false, now: UInt64
    ) -> Submission {
        if isClosing { return .refused(.closed) }
        if isCancelled { return .refused(.cancelled) }
        if !isVital, isUnreachable(access) { return .refused(unreachable(access)) }
        if !isVital, isSilent { return .refused(.down) }
        if deadline <= now { return .refused(.late(isConnected: readyCount(access) > 0)) }
        if waiting(access) >= limits.maxQueued { return .refused(.full) }
        lastID += 1
        let pin = access == .write && limits.writers > 0 ? writer.map { Int($0.magnitude % UInt(limits.writers)) } : nil
        queues[pin ?? anyQueue(access)].append(
            UnitEntry(id: lastID, payload: payload, access: access, pin: pin, deadline: deadline, isVital: isVital)
        )
        dueAt = min(dueAt, deadline)
        if isVital, vitalSince == nil {
            vitalSince = now
            dueAt = min(dueAt, now + limits.silence)
        }
        return .accepted(id: lastID, wake: tell())
    }

    /// The caller's task is cancelled. Nil if the unit was sent already: then the caller waits for its answer.
    mutating func withdraw(_ id: UInt64) -> Payload? {
        for index in queues.indices {
            if let entry = queues[index].remove(id: id) { return entry.payload }
        }
        return nil
    }

    /// Something has happened that concerns the reactor. Returns whether it must be woken.
    mutating func tell() -> Bool {
        hasNews = true
        defer { isAsleep = false }
        return isAsleep
    }

    /// Accepts nothing from now on; units in flight may continue until then.
    mutating func close(by deadline: UInt64) -> Bool {
        closesAt = min(closesAt ?? .max, deadline)
        dueAt = 0
        return tell()
    }

    // MARK: - The reactor

    /// Nanoseconds that the reactor may sleep for; 0 if there is news.
    mutating func sleep(_ now: UInt64) -> UInt64 {
        guard !hasNews, dueAt > now else { return 0 }
        isAsleep = true
        return dueAt - now
    }

    /// The effects of passed time.
    mutating func tick(_ now: UInt64) -> [Action] {
        isAsleep = false
        hasNews = false
        if isFinished { return [] }
        var actions: [Action] = []
        if now >= dueAt {
            for slot in connections.indices {
                let due = connections[slot].tick(now, limits, using: &random)
                for action in due { perform(action, slot, now, &actions) }
            }
            for index in queues.indices {
                for entry in queues[index].expire(now) {
                    let isConnected = readyCount(entry.access) > 0
                    actions.append(answer(entry, .late(isConnected: isConnected)))
                }
            }
            if let since = vitalSince, !isSilent, now >= since + limits.silence { fallSilent(now, &actions) }
            refuseUnreachable(&actions)
            findDue()
        }
        if let closesAt, now >= closesAt || isIdle { finish(&actions) }
        return actions
    }

    /// Hands waiting units to connections with room: first a connection's own, then others to the least busy one.
    mutating func dispatch() -> [(slot: Int, payload: Payload)] {
        var sent: [(slot: Int, payload: Payload)] = []
        for (range, access, depth) in [
            (writers, PostgresUnit.Access.write, limits.writerDepth), (readers, .read, limits.readerDepth),
        ] {
            for slot in range {
                while !queues[slot].isEmpty, connections[slot].hasRoom(depth: depth) { take(slot, from: slot, &sent) }
            }
            let common = anyQueue(access)
            while !queues[common].isEmpty, let slot = leastBusy(range, depth) { take(slot, from: common, &sent) }
        }
        return sent
    }

    /// The last units that were dispatched to a connection could not be sent: they wait again.
    mutating func untake(_ slot: Int, _ count: Int) {
        for entry in connections[slot].untake(count).reversed() {
            queues[entry.pin ?? anyQueue(entry.access)].putBack([entry])
        }
    }

    /// Whether a connection that was dialed is still wanted.
    func isDialing(_ slot: Int, generation: UInt64) -> Bool {
        guard case .dialing = connections[slot].phase else { return false }
        return connections[slot].generation == generation
    }

    /// Whether this reason for losing a connection is new.
    func isNews(_ slot: Int, _ reason: String) -> Bool {
        connections[slot].isReady || connections[slot].lastFailure != reason
    }

    mutating func connected(_ slot: Int) { connections[slot].connected() }

    mutating func configured(_ slot: Int, _ now: UInt64) {
        connections[slot].configured(now)
        heard()
        dueAt = 0
    }

    mutating func block(_ slot: Int, _ isBlocked: Bool) { connections[slot].isBlocked = isBlocked }

    /// The driver's own commands are in flight on a connection.
    mutating func takeOwn(_ slot: Int, until: UInt64) {
        connections[slot].takeOwn(until: until)
        dueAt = min(dueAt, until)
    }

    /// The oldest unit of a connection is answered. Nil if its caller has been answered before.
    mutating func answered(_ slot: Int, _ now: UInt64) -> Payload? {
        let payload = connections[slot].answered(now)?.payload
        heard()
        // An idle connection's next probe.
        if connections[slot].inFlight == 0 { dueAt = min(dueAt, connections[slot].dueAt(limits)) }
        return payload
    }

    /// A connection is lost, or could not be made.
    mutating func lost(_ slot: Int, because reason: String, _ now: UInt64) -> [Action] {
        var actions: [Action] = []
        perform(connections[slot].lose(now, because: reason, using: &random), slot, now, &actions)
        refuseUnreachable(&actions)
        dueAt = 0
        return actions
    }

    // MARK: - A server that is away

    private mutating func heard() {
        isSilent = false
        vitalSince = nil
    }

    /// Whether no connection of this class is ready, and each has failed to connect.
    private func isUnreachable(_ access: PostgresUnit.Access) -> Bool {
        let slots = access == .write ? writers : readers
        return limits.failsFast && connections[slots].allSatisfy { !$0.isReady && $0.failedDials > 0 }
    }

    private func unreachable(_ access: PostgresUnit.Access) -> PoolFailure {
        let slots = access == .write ? writers : readers
        return .unreachable(because: connections[slots].lazy.compactMap(\.lastFailure).first?.exact)
    }

    private mutating func fallSilent(_ now: UInt64, _ actions: inout [Action]) {
        isSilent = true
        for slot in connections.indices {
            for action in connections[slot].expireAll(now, limits) { perform(action, slot, now, &actions) }
        }
        for index in queues.indices {
            for entry in queues[index].takeOrdinary() { actions.append(answer(entry, .down)) }
        }
    }

    private mutating func refuseUnreachable(_ actions: inout [Action]) {
        for access in [PostgresUnit.Access.write, .read] where isUnreachable(access) {
            let own = access == .write ? writers : readers
            for index in Array(own) + [anyQueue(access)] {
                for entry in queues[index].takeOrdinary() { actions.append(answer(entry, unreachable(access))) }
            }
        }
    }

    // MARK: - Steps

    private mutating func perform(
        _ action: ConnectionState<Payload>.Action, _ slot: Int, _ now: UInt64, _ actions: inout [Action]
    ) {
        switch action {
        case .dial: actions.append(.dial(slot: slot, generation: connections[slot].generation))
        case .probe: actions.append(.probe(slot: slot))
        case .expire(let entry): actions.append(answer(entry, .overdue(entry.access), slot))
        case .hangUp(let lost):
            actions.append(.hangUp(slot: slot))
            var again: [UnitEntry<Payload>] = []
            for var entry in lost {
                if entry.access == .read, !entry.isSecondTry, entry.deadline > now, !isClosing {
                    entry.isSecondTry = true
                    again.append(entry)
                } else {
                    actions.append(answer(entry, .lost(entry.access), slot))
                }
            }
            if !again.isEmpty { queues[anyQueue(.read)].putBack(again) }
        }
    }

    private func answer(_ entry: UnitEntry<Payload>, _ failure: PoolFailure, _ slot: Int? = nil) -> Action {
        let slots = (slot ?? entry.pin).map { $0..<$0 + 1 } ?? (entry.access == .write ? writers : readers)
        return .answer(entry.payload, failure, because: connections[slots].lazy.compactMap(\.lastFailure).first)
    }

    /// The least busy connection with room.
    private func leastBusy(_ slots: Range<Int>, _ depth: Int) -> Int? {
        var best: Int?
        for slot in slots where connections[slot].hasRoom(depth: depth) {
            if let other = best, connections[other].inFlight <= connections[slot].inFlight { continue }
            best = slot
        }
        return best
    }

    private mutating func take(_ slot: Int, from queue: Int, _ sent: inout [(slot: Int, payload: Payload)]) {
        guard let entry = queues[queue].popFirst() else { return }
        connections[slot].take(entry)
        sent.append((slot, entry.payload))
    }

    private mutating func findDue() {
        dueAt = closesAt ?? .max
        if let since = vitalSince, !isSilent { dueAt = min(dueAt, since + limits.silence) }
        for connection in connections { dueAt = min(dueAt, connection.dueAt(limits)) }
        for queue in queues { dueAt = min(dueAt, queue.earliestDeadline ?? .max) }
    }

    private var isIdle: Bool { queues.allSatisfy(\.isEmpty) && connections.allSatisfy { $0.inFlight == 0 } }

    private mutating func finish(_ actions: inout [Action]) {
        for index in queues.indices {
            for entry in queues[index].takeAll() { actions.append(answer(entry, .closed)) }
        }
        for slot in connections.indices {
            guard case .hangUp(let lost) = connections[slot].close() else { continue }
            actions.append(.hangUp(slot: slot))
            for entry in lost { actions.append(answer(entry, .lost(entry.access), slot)) }
        }
        isFinished = true
        actions.append(.finish)
    }
}
