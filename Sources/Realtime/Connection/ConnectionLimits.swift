public import NIOCore

/// What a client of the HTTP port may take, in time and in bytes. The composition root fills it from the configuration.
public struct ConnectionLimits: Sendable, Hashable {
    /// How long a connection may be silent between requests, or before its first.
    public var idle: TimeAmount = .seconds(75)
    /// How long the head of a request may take, from its first byte to its last.
    public var head: TimeAmount = .seconds(10)
    /// How long the body of a request may take.
    public var body: TimeAmount = .seconds(120)
    /// How long a client may be slower than ``leastRate``, with a body or in taking an answer.
    public var slow: TimeAmount = .seconds(10)
    /// Bytes a second.
    public var leastRate = 512
    /// How long what a client still sends is read and thrown away after an answer that ends its connection, so that the
    /// answer reaches it (RFC 9112 §9.6).
    public var linger: TimeAmount = .seconds(2)
    /// The largest head: request line and header fields together.
    public var maxHeadBytes = 65_536
    /// The most header fields of a request.
    public var maxHeadFields = 200
    /// The most bytes of chunk extensions in one body (RFC 9112 §7.1.1): they mean nothing here.
    public var maxExtensionBytes = 1_024
    /// The most bytes of trailer fields behind a body in chunks.
    public var maxTrailerBytes = 8_192
    /// What a connection of the reserve may be silent for: its room is for those who ask at once.
    public var reserveIdle: TimeAmount = .seconds(2)

    public init() {}
}
