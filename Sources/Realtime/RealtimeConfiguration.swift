/// The bounds of the live feed. The composition root fills them from the configuration.
public struct RealtimeConfiguration: Sendable {
    /// Where a connection may become a WebSocket.
    public var path = "/api/v1/realtime"
    /// How many sockets may be open at once.
    public var maxConnections = 10_000
    /// How many subscriptions one socket may have.
    public var maxSubscriptions = 32
    /// The longest message a client may send, its fragments taken together.
    public var maxMessageBytes = 65_536
    /// How much of the feed may wait for one reader before it is dropped and told anew.
    public var maxBufferedBytes = 1_048_576
    public var maxBufferedMessages = 1_024
    /// How many commands a second a client may send, and how many at once.
    public var commandRate = 20.0
    public var commandBurst = 64
    /// How often a client is asked whether it is there, and its credential whether it still counts.
    public var pingInterval: Duration = .seconds(25)
    /// How long a client may send nothing at all, not even a pong.
    public var idleTimeout: Duration = .seconds(60)
    /// How long a socket may take no bytes although some are waiting.
    public var stallTimeout: Duration = .seconds(30)
    /// How long a client may take to answer a close.
    public var closeTimeout: Duration = .seconds(2)
    /// How long the decision about an upgrade may take.
    public var admissionTimeout: Duration = .seconds(5)
    /// How long to wait before a lost subscription is asked for again: at first, and at most.
    public var retryDelay: ClosedRange<Duration> = .seconds(1) ... .seconds(30)

    public init() {}
}
