public import AlmanacRuntime
public import Logging

/// The services that tenant actors use; created once in the composition root.
public struct TenantServices: Sendable {
    public let database: any Database
    public let log: CommitLog
    public let clock: any WallClock
    public let ids: IDGenerator
    public let zones: ZoneDatabase
    public let secrets: Secrets
    public let logger: Logger
    /// The types of event that some channel sends.
    public let publishedEvents: Set<String>
    /// Sends the calendars' messages to their watchers.
    public let fanOut: any FeedFanOut
    /// Which organizations this node owns.
    public let ownership: any ShardOwnership
    /// The store of hot state that nodes share; nil without other nodes.
    public let hot: (any HotStore)?
    /// How many open holds one credential may have in one calendar.
    public let maxHoldsPerCredential: Int
    /// The public address of this installation, with which links begin.
    public let publicURL: String
    /// Tells other nodes that a credential has ended, or that membership has changed.
    public let announceRevocation: @Sendable () async -> Void
    /// The counters of all calendars.
    public let counts = CalendarCounts()
    /// Admits heavy work, a little at a time.
    public let work: WorkGate
    /// How much work a calendar's rules may need together: see ``RuleWork``.
    public let ruleSteps: Int
    /// The budget for everything that calendars cache.
    public let memory: CacheBudget
    /// Shares this node's calendars through ``hot``; nil without it.
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
