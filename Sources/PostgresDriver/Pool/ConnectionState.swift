import Connecting

/// One connection's life. Pure: each event is a method, and returns what to do.
///
///                 due                 connected               configured
///      resting ─────────► dialing ─────────────► configuring ────────────► ready ⟲ take, answered, probe
///         ▲  ▲               │ failed, late           │ failed, late         │
///         │  └───────────────┴────────────────────────┘                      │ lost; an answer overdue past patience
///         └──────────────────────────────────────────────────────────────────┘
///      any ──close──► closed
///
/// `resting` lasts as long as the backoff says; the backoff restarts after a connection has been ready for a while.
/// In-flight units form a queue: the server answers in the order of sending.
struct ConnectionState<Payload: Sendable>: Sendable {
    enum Phase: Sendable, Hashable {
        case resting(until: UInt64)
        case dialing(until: UInt64)
        case configuring(until: UInt64)
        case ready(since: UInt64)
        case closed
    }

    enum Action: Sendable {
        case dial
        case probe
        /// The caller is answered; the connection still owes the answer.
        case expire(UnitEntry<Payload>)
        case hangUp(lost: [UnitEntry<Payload>])
    }

    private struct Flight: Sendable {
        /// Nil for a probe, and for a unit whose caller has been answered.
        var entry: UnitEntry<Payload>?
        /// The deadline of the entry, or without an entry the end of patience.
        var dueAt: UInt64
    }

    private(set) var phase = Phase.resting(until: 0)
    /// Counts the dials, so that late results of an earlier dial are ignored.
    private(set) var generation: UInt64 = 0
    /// Whether bytes wait that the socket does not accept.
    var isBlocked = false
    /// Why it was last lost; nil once it is ready.
    private(set) var lastFailure: String?
    /// Failed attempts to connect since it was last ready.
    private(set) var failedDials = 0
    private var flights: [Flight] = []
    private var heardAt: UInt64 = 0
    private var backoff: Backoff

    init(_ limits: PoolLimits) {
        backoff = Backoff(initial: limits.backoffInitial, limit: limits.backoffLimit)
    }

    var inFlight: Int { flights.count }

    var isReady: Bool { if case .ready = phase { true } else { false } }

    /// Whether it accepts another unit: not while it owes an overdue answer, behind which the unit would wait.
    func hasRoom(depth: Int) -> Bool {
        isReady && !isBlocked && flights.count < depth && !isOwing
    }

    /// Whether it owes an answer for which nobody waits.
    var isOwing: Bool { flights.contains { $0.entry == nil } }

    /// When ``tick(_:_:using:)`` has something to do.
    func dueAt(_ limits: PoolLimits) -> UInt64 {
        switch phase {
        case .resting(let until), .dialing(let until), .configuring(let until): until
        case .ready: flights.isEmpty ? heardAt + limits.heartbeat : flights.map(\.dueAt).min() ?? .max
        case .closed: .max
        }
    }

    mutating func tick(
        _ now: UInt64, _ limits: PoolLimits, using random: inout some RandomNumberGenerator
    ) -> [Action] {
        switch phase {
        case .resting(let until):
            guard now >= until else { return [] }
            generation += 1
            phase = .dialing(until: now + limits.dialTimeout)
            return [.dial]
        case .dialing(let until), .configuring(let until):
            return now >= until ? [lose(now, because: "timeout", using: &random)] : []
        case .ready:
            if flights.isEmpty {
                guard now >= heardAt + limits.heartbeat else { return [] }
                flights.append(Flight(entry: nil, dueAt: now + limits.heartbeat))
                return [.probe]
            }
            return expire(now, limits, using: &random)
        case .closed:
            return []
        }
    }

    private mutating func expire(
        _ now: UInt64, _ limits: PoolLimits, using random: inout some RandomNumberGenerator
    ) -> [Action] {
        var actions: [Action] = []
        for index in flights.indices where flights[index].dueAt <= now {
            guard let entry = flights[index].entry else {
                return actions + [lose(now, because: "no answer", using: &random)]
            }
            flights[index] = Flight(entry: nil, dueAt: entry.deadline + limits.patience)
            actions.append(.expire(entry))
        }
        return actions
    }

    /// Nobody waits any more for the owed answer; closes if that does not come within the limits' patience.
    mutating func expireAll(_ now: UInt64, _ limits: PoolLimits) -> [Action] {
        var actions: [Action] = []
        for index in flights.indices {
            guard let entry = flights[index].entry else { continue }
            flights[index] = Flight(entry: nil, dueAt: now + limits.patience)
            actions.append(.expire(entry))
        }
        return actions
    }

    /// The server has accepted us; the session's settings are next.
    mutating func connected() {
        guard case .dialing(let until) = phase else { return }
        phase = .configuring(until: until)
    }

    mutating func configured(_ now: UInt64) {
        guard case .configuring = phase else { return }
        phase = .ready(since: now)
        heardAt = now
        lastFailure = nil
        failedDials = 0
    }

    /// A unit is sent.
    mutating func take(_ entry: UnitEntry<Payload>) { flights.append(Flight(entry: entry, dueAt: entry.deadline)) }

    /// A command of the driver itself is sent, and treated like a probe.
    mutating func takeOwn(until: UInt64) { flights.append(Flight(entry: nil, dueAt: until)) }

    /// The oldest item in flight is answered. Nil if nobody waits for it.
    mutating func answered(_ now: UInt64) -> UnitEntry<Payload>? {
        heardAt = now
        return flights.isEmpty ? nil : flights.removeFirst().entry
    }

    /// The last accepted units were not sent after all.
    mutating func untake(_ count: Int) -> [UnitEntry<Payload>] {
        let entries = flights.suffix(count).compactMap(\.entry)
        flights.removeLast(min(count, flights.count))
        return entries
    }

    /// The connection is gone.
    mutating func lose(
        _ now: UInt64, because reason: String, using random: inout some RandomNumberGenerator
    ) -> Action {
        switch phase {
        case .ready(let since): if now >= since + backoff.limit { backoff.reset() }
        case .dialing, .configuring: failedDials += 1
        case .resting, .closed: break
        }
        phase = .resting(until: now + backoff.next(using: &random))
        lastFailure = reason
        return .hangUp(lost: takeFlights())
    }

    mutating func close() -> Action {
        phase = .closed
        return .hangUp(lost: takeFlights())
    }

    private mutating func takeFlights() -> [UnitEntry<Payload>] {
        isBlocked = false
        defer { flights = [] }
        return flights.compactMap(\.entry)
    }
}
