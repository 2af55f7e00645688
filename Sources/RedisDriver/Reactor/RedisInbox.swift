/// What callers hand over, until the thread takes it, and how much of it is not answered yet. Pure.
///
///     submit ──► inbox ──drain──► with the thread ──settle──► gone
///        └──► refused, for the thread to say so, or for the caller to be told at once
///
/// Nothing waits for a connection: while there is none everything is refused, and nobody acts on old news later.
struct RedisInbox<Job: Sendable>: Sendable {
    enum Submission: Sendable {
        /// `wake`: whether the thread sleeps and has to be told.
        case accepted(wake: Bool)
        case refused(RedisError)
    }

    let maxCommands: Int
    let maxBytes: Int
    private(set) var isReachable = false
    private(set) var isClosed = false
    /// Commands that are not answered yet, and their bytes.
    private(set) var commands = 0
    private(set) var bytes = 0
    private var jobs: [Job] = []
    private var isAsleep = false
    private var hasNews = true
    private var lastFailure: String?

    init(maxCommands: Int, maxBytes: Int) {
        self.maxCommands = max(1, maxCommands)
        self.maxBytes = max(1, maxBytes)
    }

    // MARK: - Callers

    /// Why a command of so many bytes would be refused now.
    func refusal(bytes size: Int) -> RedisError? {
        if isClosed { return .closed }
        if !isReachable { return notConnected }
        if commands >= maxCommands || size > maxBytes - bytes { return .full }
        return nil
    }

    mutating func submit(_ job: Job, bytes size: Int) -> Submission {
        if let refusal = refusal(bytes: size) { return .refused(refusal) }
        commands += 1
        bytes += size
        jobs.append(job)
        return .accepted(wake: tell())
    }

    /// Something has happened that the thread is to look at. Returns whether it has to be woken for it.
    mutating func tell() -> Bool {
        hasNews = true
        defer { isAsleep = false }
        return isAsleep
    }

    /// Takes nothing on from now on.
    mutating func close() -> Bool {
        isClosed = true
        isReachable = false
        return tell()
    }

    // MARK: - The thread

    /// Takes what is there.
    mutating func drain() -> [Job] {
        hasNews = false
        defer { jobs = [] }
        return jobs
    }

    /// Whether the thread may sleep: there is no news.
    mutating func fallAsleep() -> Bool {
        isAsleep = !hasNews
        return isAsleep
    }

    mutating func awake() { isAsleep = false }

    /// So many commands are answered.
    mutating func settle(_ count: Int, bytes size: Int) {
        commands -= count
        bytes -= size
    }

    mutating func reached() { isReachable = !isClosed }

    mutating func lost(because reason: String) {
        isReachable = false
        lastFailure = reason
    }

    var notConnected: RedisError {
        RedisError(.unreachable, "not connected to Redis" + (lastFailure.map { ": \($0)" } ?? ""))
    }
}
