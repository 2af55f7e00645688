/// What a client of the HTTP port may take, in time and in bytes. Fields without a key are fixed.
public struct ConnectionLimits: Sendable, Hashable {
    /// `http.idle_seconds`: how long a connection may be silent between requests, or before its first.
    public var idle: Duration = .seconds(75)
    /// `http.header_seconds`: how long the head of a request may take, from its first byte to its last.
    public var head: Duration = .seconds(10)
    /// `http.body_seconds`: how long the body of a request may take.
    public var body: Duration = .seconds(120)
    /// `http.min_bytes_per_second` and `http.slow_seconds`: the least rate, and how long a client may stay below it, with
    /// a body or in taking an answer.
    public var leastRate = 512
    public var slow: Duration = .seconds(10)
    /// How long what a client still sends is read and thrown away after an answer that ends its connection, so that the
    /// answer reaches it (RFC 9112 §9.6).
    public var linger: Duration = .seconds(2)
    /// `http.max_header_bytes`: the largest head, request line and header fields together; a larger one is 431.
    public var maxHeadBytes = 65_536
    /// The most header fields of a request.
    public var maxHeadFields = 200
    /// The most bytes of chunk extensions in one body (RFC 9112 §7.1.1): they mean nothing here.
    public var maxExtensionBytes = 1_024
    /// The most bytes of trailer fields behind a body in chunks.
    public var maxTrailerBytes = 8_192
    /// What a connection of the reserve may be silent for: its room is for those who ask at once.
    public var reserveIdle: Duration { min(.seconds(2), head) }

    static let keys: Set<String> = [
        "http.idle_seconds", "http.header_seconds", "http.body_seconds", "http.min_bytes_per_second",
        "http.slow_seconds", "http.max_header_bytes",
    ]

    public init() {}

    init(_ values: inout ConfigurationValues) {
        idle = .seconds(values.int("http.idle_seconds", in: 1...3_600) ?? 75)
        head = .seconds(values.int("http.header_seconds", in: 1...600) ?? 10)
        body = .seconds(values.int("http.body_seconds", in: 1...3_600) ?? 120)
        leastRate = values.int("http.min_bytes_per_second", in: 1...1_000_000) ?? leastRate
        slow = .seconds(values.int("http.slow_seconds", in: 1...600) ?? 10)
        maxHeadBytes = values.int("http.max_header_bytes", in: 4_096...1_048_576) ?? maxHeadBytes
    }
}
