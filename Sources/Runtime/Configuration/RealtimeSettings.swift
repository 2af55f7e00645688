/// `realtime.*`: limits of the WebSockets.
public struct RealtimeSettings: Sendable {
    /// `realtime.max_connections`: the most sockets at once; a further one gets 503.
    public let maxConnections: Int
    /// `realtime.max_subscriptions`: the most windows one socket may watch.
    public let maxSubscriptions: Int
    /// `realtime.max_message_bytes`: a larger message closes the socket (1009).
    public let maxMessageBytes: Int
    /// `realtime.max_buffered_bytes`: a socket with more unread bytes is resynchronized.
    public let maxBufferedBytes: Int
    /// `realtime.ping_seconds`: how often to ping a socket and check its credential again.
    public let pingSeconds: Int
    /// `realtime.stall_seconds`: a socket that reads nothing for this long is closed.
    public let stallSeconds: Int
    /// `realtime.max_tickets`: the most unused tickets; a further one gets 503.
    public let maxTickets: Int
    /// `realtime.max_tickets_per_organization`: the most of one organization; a further one gets 429.
    public let maxTicketsPerOrganization: Int

    static let keys: Set<String> = [
        "realtime.max_connections", "realtime.max_subscriptions", "realtime.max_message_bytes",
        "realtime.max_buffered_bytes", "realtime.ping_seconds", "realtime.stall_seconds", "realtime.max_tickets",
        "realtime.max_tickets_per_organization",
    ]

    init(_ values: inout ConfigurationValues) {
        maxConnections = values.int("realtime.max_connections", in: 1...1_000_000) ?? 10_000
        maxSubscriptions = values.int("realtime.max_subscriptions", in: 1...1_000) ?? 32
        maxMessageBytes = values.int("realtime.max_message_bytes", in: 1_024...16_777_216) ?? 65_536
        maxBufferedBytes = values.int("realtime.max_buffered_bytes", in: 65_536...1_073_741_824) ?? 1_048_576
        pingSeconds = values.int("realtime.ping_seconds", in: 1...600) ?? 25
        stallSeconds = values.int("realtime.stall_seconds", in: 1...600) ?? 30
        maxTickets = values.int("realtime.max_tickets", in: 1...10_000_000) ?? 20_000
        maxTicketsPerOrganization = values.int("realtime.max_tickets_per_organization", in: 1...10_000_000) ?? 1_000
    }
}
