/// `realtime.*`: limits of the WebSockets.
public struct RealtimeSettings: Sendable {
    /// `realtime.max_connections`: the most sockets at once; a further one is answered with 503.
    public let maxConnections: Int
    /// `realtime.max_subscriptions`: the most windows one socket may watch.
    public let maxSubscriptions: Int
    /// `realtime.max_message_bytes`: a larger message closes the socket (1009).
    public let maxMessageBytes: Int
    /// `realtime.max_buffered_bytes`: past this much that a socket has not taken, it is resynchronized instead.
    public let maxBufferedBytes: Int
    /// `realtime.ping_seconds`: how often a socket is pinged and its credential looked at again.
    public let pingSeconds: Int
    /// `realtime.stall_seconds`: a socket that takes nothing for so long is closed.
    public let stallSeconds: Int

    static let keys: Set<String> = [
        "realtime.max_connections", "realtime.max_subscriptions", "realtime.max_message_bytes",
        "realtime.max_buffered_bytes", "realtime.ping_seconds", "realtime.stall_seconds",
    ]

    init(_ values: inout ConfigurationValues) {
        maxConnections = values.int("realtime.max_connections", in: 1...1_000_000) ?? 10_000
        maxSubscriptions = values.int("realtime.max_subscriptions", in: 1...1_000) ?? 32
        maxMessageBytes = values.int("realtime.max_message_bytes", in: 1_024...16_777_216) ?? 65_536
        maxBufferedBytes = values.int("realtime.max_buffered_bytes", in: 65_536...1_073_741_824) ?? 1_048_576
        pingSeconds = values.int("realtime.ping_seconds", in: 1...600) ?? 25
        stallSeconds = values.int("realtime.stall_seconds", in: 1...600) ?? 30
    }
}
