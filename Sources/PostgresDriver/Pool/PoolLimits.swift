/// The bounds of a pool; times in nanoseconds.
struct PoolLimits: Sendable, Hashable {
    var writers = 2
    var readers = 2
    var hasListener = false
    var writerDepth = 4
    var readerDepth = 16
    /// The most units that wait for each class of connections.
    var maxQueued = 8_192
    /// How long connecting and setting up a session may take together.
    var dialTimeout: UInt64 = 5_000_000_000
    /// How long a connection may owe an answer after the unit's deadline before it is closed.
    var patience: UInt64 = 10_000_000_000
    /// A connection that was silent for this long gets a probe, and has the same time to answer.
    var heartbeat: UInt64 = 30_000_000_000
    /// How long a vital unit may wait, while the server is silent, before callers are told that it is unreachable.
    var silence: UInt64 = 2_000_000_000
    /// Whether units are refused instead of waiting while no connection can be made.
    var failsFast = false
    var backoffInitial: UInt64 = 50_000_000
    var backoffLimit: UInt64 = 5_000_000_000
}
