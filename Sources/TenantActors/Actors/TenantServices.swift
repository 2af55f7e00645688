public import AlmanacRuntime
public import Logging

/// What tenant actors stand on; made once in the composition root.
public struct TenantServices: Sendable {
    public let database: any Database
    public let log: CommitLog
    public let clock: any WallClock
    public let ids: IDGenerator
    public let zones: ZoneDatabase
    public let secrets: Secrets
    public let logger: Logger
    /// The types of event that some channel wants to hear of.
    public let publishedEvents: Set<String>
    /// Takes what calendars tell to those who watch them.
    public let fanOut: any FeedFanOut
    /// Which organizations may be acted for here.
    public let ownership: any ShardOwnership
    /// Where hot state is shared with other nodes; nil where there are none.
    public let hot: (any HotStore)?
    /// The most open holds of one credential in one calendar.
    public let maxHoldsPerCredential: Int
    /// Where clients reach this installation: what links begin with.
    public let publicURL: String
    /// Tells other nodes that a credential counts no more, or that membership has changed.
    public let announceRevocation: @Sendable () async -> Void
    /// What calendars count.
    public let counts = CalendarCounts()
    /// Lets heavy work through a little at a time.
    public let work: WorkGate
    /// How much work the rules of a calendar may be together: see ``RuleWork``.
    public let ruleSteps: Int
    /// What calendars keep of what can be made again.
    public let memory: CacheBudget
    /// What this node shares of its calendars there; nil where ``hot`` is.
    public let hotState: HotState?

    public init(
        database: any Database, log: CommitLog, clock: any WallClock, ids: IDGenerator, zones: ZoneDatabase,
        secrets: Secrets, logger: Logger, publishedEvents: Set<String> = [],
        fanOut: any FeedFanOut = ImmediateFanOut(), ownership: any ShardOwnership = ConstantOwnership(),
        hot: (any HotStore)? = nil, hotState: HotState? = nil, maxHoldsPerCredential: Int = 50, publicURL: String = "",
        work: WorkGate = WorkGate(), ruleSteps: Int = WorkSettings.defaultRuleSteps,
        memory: CacheBudget = CacheBudget(limit: WorkSettings.defaultCacheBytes),
        announceRevocation: @escaping @Sendable () async -> Void = {}
    ) {
        self.database = database
        self.log = log
        self.clock = clock
        self.ids = ids
        self.zones = zones
        self.secrets = secrets
        self.logger = logger
        self.publishedEvents = publishedEvents
        self.fanOut = fanOut
        self.ownership = ownership
        self.hot = hot ?? hotState?.store
        self.hotState = hotState ?? hot.map { HotState($0) }
        self.maxHoldsPerCredential = maxHoldsPerCredential
        self.publicURL = publicURL
        self.work = work
        self.ruleSteps = ruleSteps
        self.memory = memory
        self.announceRevocation = announceRevocation
    }
}
