import Connecting

/// One connection's life and the answers that it owes. Pure: each event is a method, and returns what to do.
///
///               due              connected              all greeted
///     resting ───────► dialing ────────────► greeting ───────────────► ready ⟲ take, answered, ping
///        ▲                │ failed, late         │ refused, late         │ lost; the oldest answer is overdue
///        └────────────────┴──────────────────────┴───────────────────────┘
///     any ──close──► closed
///
/// In-flight jobs form a queue: the server answers in the order of sending. If the server has forgotten the scripts, a
/// job that it did not run is set back. Then nothing is sent until all other jobs in flight are answered, and the jobs
/// that were set back leave again in their order, before newer ones:
///
///     in flight ──set back──► again ──in flight is empty──► [ scripts ] again held ──► in flight
///                             held ◄──take, while some are set back
struct RedisConnectionState<Job: Sendable>: Sendable {
    enum Phase: Sendable, Hashable {
        case resting(until: UInt64)
        case dialing(until: UInt64)
        case greeting(until: UInt64, steps: Int)
        case ready(since: UInt64)
        case closed
    }

    enum Action: Sendable {
        case dial
        case ping
        case hangUp(because: String)
    }

    /// The job that was answered.
    enum Answered: Sendable {
        /// A command of the connection itself: how many steps of the greeting are left; nil if it was no greeting.
        case own(stepsLeft: Int?)
        case job(Job, isSecondTry: Bool)
        /// An unexpected answer: the two sides are out of step.
        case nobody
    }

    private struct Flight: Sendable {
        /// Nil for the connection's own commands.
        let job: Job?
        let deadline: UInt64
        var isSecondTry = false
    }

    let limits: RedisLimits
    private(set) var phase = Phase.resting(until: 0)
    /// Counts the dials, so that late results of an earlier dial are ignored.
    private(set) var generation: UInt64 = 0
    /// Why it was last lost; nil once it is ready.
    private(set) var lastFailure: String?
    private var flights = FlightQueue<Flight>()
    private var again: [Flight] = []
    private var held: [Flight] = []
    private var heardAt: UInt64 = 0
    private var backoff: Backoff

    init(_ limits: RedisLimits) {
        self.limits = limits
        backoff = Backoff(initial: limits.backoffInitial, limit: limits.backoffLimit)
    }

    var isReady: Bool { if case .ready = phase { true } else { false } }
    var inFlight: Int { flights.count }

    /// When ``tick(_:)`` has something to do.
    var dueAt: UInt64 {
        switch phase {
        case .resting(let until), .dialing(let until), .greeting(let until, _): until
        case .ready:
            // Jobs are sent in the order of their deadlines.
            min(flights.first?.deadline ?? (heardAt + limits.heartbeat), again.first?.deadline ?? .max)
        case .closed: .max
        }
    }

    mutating func tick(_ now: UInt64) -> Action? {
        guard now >= dueAt else { return nil }
        switch phase {
        case .resting:
            generation += 1
            phase = .dialing(until: now + limits.dialTimeout)
            return .dial
        case .dialing, .greeting: return .hangUp(because: "timeout")
        case .ready:
            guard flights.isEmpty, again.isEmpty else { return .hangUp(because: "no answer in time") }
            flights.append(Flight(job: nil, deadline: now + limits.deadline))
            return .ping
        case .closed: return nil
        }
    }

    // MARK: - Making a connection

    func isDialing(_ generation: UInt64) -> Bool {
        guard case .dialing = phase else { return false }
        return self.generation == generation
    }

    /// There is a socket; it sends this many commands before it serves.
    mutating func connected(steps: Int) {
        guard case .dialing(let until) = phase else { return }
        phase = .greeting(until: until, steps: steps)
        for _ in 0..<steps { flights.append(Flight(job: nil, deadline: until)) }
    }

    // MARK: - Jobs

    /// Accepts a job. False if it must not be sent yet.
    mutating func take(_ job: Job, deadline: UInt64) -> Bool {
        let flight = Flight(job: job, deadline: deadline)
        guard again.isEmpty else {
            held.append(flight)
            return false
        }
        flights.append(flight)
        return true
    }

    /// The oldest job in flight is answered. A refused step of the greeting ends the greeting.
    mutating func answered(_ now: UInt64, isRefused: Bool = false) -> Answered {
        heardAt = now
        guard let flight = flights.popFirst() else { return .nobody }
        if let job = flight.job { return .job(job, isSecondTry: flight.isSecondTry) }
        guard case .greeting(let until, let steps) = phase else { return .own(stepsLeft: nil) }
        if isRefused { return .own(stepsLeft: steps - 1) }
        phase = steps > 1 ? .greeting(until: until, steps: steps - 1) : .ready(since: now)
        if isReady { lastFailure = nil }
        return .own(stepsLeft: steps - 1)
    }

    /// A message of a channel came, which is no answer to a command.
    mutating func heard(_ now: UInt64) { heardAt = now }

    /// The last answered job was not run: send it again.
    mutating func setBack(_ job: Job, deadline: UInt64) {
        again.append(Flight(job: job, deadline: deadline, isSecondTry: true))
    }

    /// Once all else is answered: the jobs that were set back and newer ones, to be sent after this many commands of
    /// the connection itself.
    mutating func resume(steps: Int, _ now: UInt64) -> [Job] {
        guard isReady, flights.isEmpty, !again.isEmpty else { return [] }
        for _ in 0..<steps { flights.append(Flight(job: nil, deadline: now + limits.deadline)) }
        let leaving = again + held
        (again, held) = ([], [])
        for flight in leaving { flights.append(flight) }
        return leaving.compactMap(\.job)
    }

    // MARK: - The end of a connection

    /// The connection is gone, or could not be made. Returns the jobs that will not be answered.
    mutating func lost(_ now: UInt64, because reason: String, using random: inout some RandomNumberGenerator) -> [Job] {
        guard phase != .closed else { return [] }
        if case .ready(let since) = phase, now >= since + backoff.limit { backoff.reset() }
        phase = .resting(until: now + backoff.next(using: &random))
        lastFailure = reason
        return takeJobs()
    }

    mutating func close() -> [Job] {
        phase = .closed
        return takeJobs()
    }

    private mutating func takeJobs() -> [Job] {
        let jobs = (again + flights.takeAll() + held).compactMap(\.job)
        (again, held) = ([], [])
        return jobs
    }
}
