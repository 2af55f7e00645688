/// A calendar owner's rules about when and how it may be booked. Durations are whole minutes.
public struct SchedulingRules: Sendable {
    /// Time kept free around appointments. All in minutes.
    public struct Buffers: Hashable, Sendable {
        public var before: Int
        public var after: Int
        public var between: Int

        public init(before: Int = 0, after: Int = 0, between: Int = 0) {
            self.before = before
            self.after = after
            self.between = between
        }

        /// The least gap between two neighbouring appointments or holds.
        public var betweenAppointments: Int { max(after + before, between) }
        /// The least gap from the end of external busy time to a slot.
        public var afterExternal: Int { max(before, between) }
        /// The least gap from a slot to the start of external busy time.
        public var beforeExternal: Int { max(after, between) }
    }

    public var zone: Zone
    public var isActive: Bool
    public var openingRules: OpeningRules
    public var buffers: Buffers
    public var slotDuration: Int
    public var allowedDurations: [Int]
    public var slotInterval: Int
    public var minNotice: Int
    /// How far ahead a slot may start, in days of 24 hours; nil for no horizon (preview).
    public var horizonDays: Int?
    public var capacity: Int
    public var maxBookingsPerDay: Int?
    public var holdMinutes: Int

    public init(
        zone: Zone,
        isActive: Bool = true,
        openingRules: OpeningRules = OpeningRules(),
        buffers: Buffers = Buffers(),
        slotDuration: Int = 30,
        allowedDurations: [Int]? = nil,
        slotInterval: Int? = nil,
        minNotice: Int = 0,
        horizonDays: Int? = 60,
        capacity: Int = 1,
        maxBookingsPerDay: Int? = nil,
        holdMinutes: Int = 5
    ) {
        self.zone = zone
        self.isActive = isActive
        self.openingRules = openingRules
        self.buffers = buffers
        self.slotDuration = slotDuration
        self.allowedDurations = allowedDurations ?? [slotDuration]
        self.slotInterval = slotInterval ?? slotDuration
        self.minNotice = minNotice
        self.horizonDays = horizonDays
        self.capacity = capacity
        self.maxBookingsPerDay = maxBookingsPerDay
        self.holdMinutes = holdMinutes
    }

    /// Whether a booking may have this duration: the usual one, or one of the allowed ones.
    public func allows(_ duration: Int) -> Bool { duration == slotDuration || allowedDurations.contains(duration) }

    /// The longest slot that can be asked for, in minutes.
    var longestDuration: Int { allowedDurations.reduce(slotDuration, max) }

    /// The first instant at which a slot may start.
    func earliestStart(now: Instant) -> Instant { now.adding(minutes: minNotice) }

    /// The last instant at which a slot may start.
    func latestStart(now: Instant) -> Instant { horizonDays.map { now.adding(days: $0) } ?? .distantFuture }
}
