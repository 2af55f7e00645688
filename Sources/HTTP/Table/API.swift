public import AlmanacRuntime
public import TenantActors

/// What the routes stand on.
public struct API: Sendable {
    public let tenants: Tenants
    let authenticator: Authenticator
    let maxBodyBytes: Int
    let deliveries: DeliveryStore
    let tickets: TicketBooth
    let longAnswers: LongAnswers
    /// What bodies take while they come in.
    public let bodies: ByteRoom
    let nodes: any NodeDirectory
    /// Tells the channels that there is something to do.
    let wakeChannels: @Sendable () -> Void

    public init(
        tenants: Tenants, authenticator: Authenticator, maxBodyBytes: Int, nodes: any NodeDirectory,
        retries: RetrySchedule = RetrySchedule(), ticketLimits: TicketLimits = TicketLimits(),
        wakeChannels: @escaping @Sendable () -> Void = {}
    ) {
        self.tenants = tenants
        self.authenticator = authenticator
        self.maxBodyBytes = maxBodyBytes
        self.nodes = nodes
        let services = tenants.services
        deliveries = DeliveryStore(
            database: services.database, log: services.log, ids: services.ids, retries: retries
        )
        tickets = TicketBooth(
            clock: services.clock, ids: services.ids, store: services.hot, limits: ticketLimits
        )
        longAnswers = LongAnswers(room: ByteRoom(limit: services.memory.limit))
        bodies = ByteRoom(limit: services.memory.limit)
        self.wakeChannels = wakeChannels
    }

    /// What long answers take while they go out.
    public var answers: ByteRoom { longAnswers.room }

    var services: TenantServices { tenants.services }
}
