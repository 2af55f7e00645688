/// `realtime.*`: the limits of the live feed. Fields without a key are fixed.
public struct RealtimeSettings: Sendable {
    /// Where a connection may become a WebSocket.
    public var path = "/api/v1/realtime"
    /// `realtime.max_connections`: the most sockets at once; a further one gets 503.
    public var maxConnections = 10_000
    /// `realtime.max_subscriptions`: the most windows one socket may watch.
    public var maxSubscriptions = 32
    /// `realtime.max_message_bytes`: a larger message, its fragments taken together, closes the socket (1009).
    public var maxMessageBytes = 65_536
    /// `realtime.max_buffered_bytes`: a socket with more unread bytes is resynchronized.
    public var maxBufferedBytes = 1_048_576
    /// The same in messages of the feed.
    public var maxBufferedMessages = 1_024
    /// How many answers and pongs wait before no further command is read.
    public var maxReplies = 64
    /// How many bytes are handed to a socket at once.
    public var batchBytes = 65_536
    /// How many commands a second a client may send, and how many at once.
    public var commandRate = 20.0
    public var commandBurst = 64
    /// `realtime.ping_seconds`: how often to ping a socket and check its credential again.
    public var pingInterval: Duration = .seconds(25)
    /// How long a client may send nothing at all, not even a pong: two pings may go unanswered.
    public var idleTimeout: Duration = .seconds(60)
    /// `realtime.stall_seconds`: a socket that reads nothing for this long is closed.
    public var stallTimeout: Duration = .seconds(30)
    /// How long a client may take to answer a close.
    public var closeTimeout: Duration = .seconds(2)
    /// How long the decision about an upgrade may take.
    public var admissionTimeout: Duration = .seconds(5)
    /// How long to wait before a lost subscription is asked for again: at first, and at most.
    public var retryDelay: ClosedRange<Duration> = .seconds(1) ... .seconds(30)
    /// `realtime.max_tickets`: the most unused tickets; a further one gets 503.
    /// `realtime.max_tickets_per_organization`: the most of one organization; a further one gets 429.
    public var tickets = TicketLimits()

    static let keys: Set<String> = [
        "realtime.max_connections", "realtime.max_subscriptions", "realtime.max_message_bytes",
        "realtime.max_buffered_bytes", "realtime.ping_seconds", "realtime.stall_seconds", "realtime.max_tickets",
        "realtime.max_tickets_per_organization",
    ]

    public init() {}

    init(_ values: inout ConfigurationValues) {
        maxConnections = values.int("realtime.max_connections", in: 1...1_000_000) ?? maxConnections
        maxSubscriptions = values.int("realtime.max_subscriptions", in: 1...1_000) ?? maxSubscriptions
        maxMessageBytes = values.int("realtime.max_message_bytes", in: 1_024...16_777_216) ?? maxMessageBytes
        maxBufferedBytes = values.int("realtime.max_buffered_bytes", in: 65_536...1_073_741_824) ?? maxBufferedBytes
        let ping = values.int("realtime.ping_seconds", in: 1...600) ?? 25
        pingInterval = .seconds(ping)
        // The answer to the next ping may be on its way.
        idleTimeout = .seconds(ping * 2 + ping / 2 + 1)
        stallTimeout = .seconds(values.int("realtime.stall_seconds", in: 1...600) ?? 30)
        tickets = TicketLimits(
            all: values.int("realtime.max_tickets", in: 1...10_000_000) ?? tickets.all,
            perOrganization: values.int("realtime.max_tickets_per_organization", in: 1...10_000_000)
                ?? tickets.perOrganization
        )
    }
}
