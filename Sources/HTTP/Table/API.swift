public import AlmanacRuntime
public import TenantActors

/// The services that routes use.
public struct API: Sendable {
    public let tenants: Tenants
    let authenticator: Authenticator
    let deliveries: DeliveryStore
    let tickets: TicketBooth
    let longAnswers: LongAnswers
    let bodies: Bodies
    let nodes: any NodeDirectory
    /// Wakes the channels, because there is a delivery to send.
    let wakeChannels: @Sendable () -> Void

    public init(
        tenants: Tenants, authenticator: Authenticator, maxBodyBytes: Int, nodes: any NodeDirectory,
        retries: RetrySchedule = RetrySchedule(), ticketLimits: TicketLimits = TicketLimits(),
        wakeChannels: @escaping @Sendable () -> Void = {}
    ) {
        self.tenants = tenants
        self.authenticator = authenticator
        self.nodes = nodes
        let services = tenants.services
        deliveries = DeliveryStore(
            database: services.database, log: services.log, ids: services.ids, retries: retries
        )
        tickets = TicketBooth(
            clock: services.clock, ids: services.ids, store: services.hot, limits: ticketLimits
        )
        longAnswers = LongAnswers(room: ByteRoom(limit: services.memory.limit))
        bodies = Bodies(limit: maxBodyBytes, room: ByteRoom(limit: services.memory.limit))
        self.wakeChannels = wakeChannels
    }

    /// The memory for bodies that are being received, and for long answers that are being sent.
    public var room: (bodies: ByteRoom, answers: ByteRoom) { (bodies.room, longAnswers.room) }

    var services: TenantServices { tenants.services }
}
