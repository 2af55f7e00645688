import Connecting

/// Where the server is and how the client behaves.
public struct RedisConfiguration: Sendable {
    public var address: RedisAddress
    /// How long a caller waits for its answer. The first command that is not answered by then ends the connection: what
    /// was sent behind it would wait no less.
    public var deadline = Duration.seconds(2)
    /// How long connecting and logging in may take together.
    public var connectTimeout = Duration.seconds(3)
    /// A connection that was silent for so long is asked whether it lives, and has ``deadline`` to say so.
    public var heartbeat = Duration.seconds(5)
    /// Pauses between attempts to connect: the first, and the longest.
    public var backoff = Duration.milliseconds(50)...Duration.seconds(2)
    /// The most commands that are not answered yet, and their bytes; past that calls fail at once.
    public var maxQueued = 16_384
    public var maxQueuedBytes = 64 << 20
    /// The largest value of hot state that is written, or read whole: beyond it a calendar is read from the record.
    public var maxValueBytes = 16 << 20
    /// How many bytes of changes are kept one by one, beyond as many as all of it takes, before it is to be written anew.
    public var maxChangeBytes = 1 << 20
    /// The largest answer or message: one that is larger ends the connection. Anyone who reaches the server may publish
    /// as much as it takes.
    public var maxReplyBytes = 24 << 20

    public init(_ address: RedisAddress) { self.address = address }

    var limits: RedisLimits {
        RedisLimits(
            deadline: deadline.nanoseconds, dialTimeout: connectTimeout.nanoseconds, heartbeat: heartbeat.nanoseconds,
            backoffInitial: backoff.lowerBound.nanoseconds, backoffLimit: backoff.upperBound.nanoseconds
        )
    }
}

/// The times of one connection, in nanoseconds.
struct RedisLimits: Sendable, Hashable {
    var deadline: UInt64 = 2_000_000_000
    var dialTimeout: UInt64 = 3_000_000_000
    var heartbeat: UInt64 = 5_000_000_000
    var backoffInitial: UInt64 = 50_000_000
    var backoffLimit: UInt64 = 2_000_000_000
}
