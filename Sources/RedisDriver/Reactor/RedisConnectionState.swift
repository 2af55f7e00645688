import Connecting

/// One connection's life and what it owes. Pure: an event is a method, and says what is to be done.
///
///               due              connected              all greeted
///     resting ───────► dialing ────────────► greeting ───────────────► ready ⟲ take, answered, ping
///        ▲                │ failed, late         │ refused, late         │ lost; the oldest answer is overdue
///        └────────────────┴──────────────────────┴───────────────────────┘
///     any ──close──► closed
///
/// What is in flight is a queue: the server answers in the order of sending. A job that the server did not run because it
/// has forgotten the scripts is set back; then nothing is sent until all else in flight is answered, and those that were
/// set back leave again in their order, in front of what came meanwhile:
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

    /// Whose answer has come.
    enum Answered: Sendable {
        /// One of the connection's own: so many steps of the greeting are left; nil if it was no greeting.
        case own(stepsLeft: Int?)
        case job(Job, isSecondTry: Bool)
        /// Nothing was asked: the two sides are out of step.
        case nobody
    }

    private struct Flight: Sendable {
        /// Nil for the connection's own.
        let job: Job?
        let deadline: UInt64
        var isSecondTry = false
    }

    let limits: RedisLimits
    private(set) var phase = Phase.resting(until: 0)
    /// Counts the dials: what comes in late for an earlier one is for nobody.
    private(set) var generation: UInt64 = 0
    /// Why it was lost last; nil once it is ready.
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

    /// There is a socket; so many commands are sent over it before it serves.
    mutating func connected(steps: Int) {
        guard case .dialing(let until) = phase else { return }
        phase = .greeting(until: until, steps: steps)
        for _ in 0..<steps { flights.append(Flight(job: nil, deadline: until)) }
    }

    // MARK: - Jobs

    /// Takes a job on. False: it is not to be sent yet.
    mutating func take(_ job: Job, deadline: UInt64) -> Bool {
        let flight = Flight(job: job, deadline: deadline)
        guard again.isEmpty else {
            held.append(flight)
            return false
        }
        flights.append(flight)
        return true
    }

    /// The oldest in flight is answered. A step of the greeting that was refused leads no further.
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

    /// Something came that was not asked for one by one: a message of a channel.
    mutating func heard(_ now: UInt64) { heardAt = now }

    /// The job that was answered last was not run: it is to be sent again.
    mutating func setBack(_ job: Job, deadline: UInt64) {
        again.append(Flight(job: job, deadline: deadline, isSecondTry: true))
    }

    /// Once all else is answered, what was set back and what came meanwhile, to be sent behind so many commands of the
    /// connection's own.
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
