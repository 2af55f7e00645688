/// Commands from callers until the thread takes them, and how much is unanswered. Pure.
///
///     submit ──► inbox ──drain──► with the thread ──settle──► gone
///        └──► refused, for the thread to say so, or for the caller to be told at once
///
/// Nothing waits for a connection: without one everything is refused, so that no outdated command is sent later.
struct RedisInbox<Job: Sendable>: Sendable {
    enum Submission: Sendable {
        /// `wake`: whether the thread sleeps and must be woken.
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

    /// Why a command of this many bytes would be refused now.
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

    /// Something has happened that concerns the thread. Returns whether it must be woken.
    mutating func tell() -> Bool {
        hasNews = true
        defer { isAsleep = false }
        return isAsleep
    }

    /// Accepts nothing from now on.
    mutating func close() -> Bool {
        isClosed = true
        isReachable = false
        return tell()
    }

    // MARK: - The thread

    /// Takes the waiting commands.
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

    /// This many commands are answered.
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
