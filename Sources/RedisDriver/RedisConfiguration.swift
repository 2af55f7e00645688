import Connecting

/// Where the server is and how the client behaves.
public struct RedisConfiguration: Sendable {
    public var address: RedisAddress
    /// How long a caller waits for its answer. The first overdue command ends the connection, because later commands
    /// would wait as long.
    public var deadline = Duration.seconds(2)
    /// How long connecting and logging in may take together.
    public var connectTimeout = Duration.seconds(3)
    /// A connection that was silent for this long gets a probe, and has ``deadline`` to answer.
    public var heartbeat = Duration.seconds(5)
    /// Pauses between attempts to connect: the first, and the longest.
    public var backoff = Duration.milliseconds(50)...Duration.seconds(2)
    /// The most unanswered commands, and their bytes; beyond that, calls fail at once.
    public var maxQueued = 16_384
    public var maxQueuedBytes = 64 << 20
    /// The largest value of hot state to write or read; a larger calendar is read from the record.
    public var maxValueBytes = 16 << 20
    /// How many bytes of appended changes a value may have beyond the size of its full state before it is rewritten.
    public var maxChangeBytes = 1 << 20
    /// The largest answer or message; a larger one ends the connection. Anyone who reaches the server may publish a
    /// message of any size.
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
