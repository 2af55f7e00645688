/// The bounds of a pool; times in nanoseconds.
struct PoolLimits: Sendable, Hashable {
    var writers = 2
    var readers = 2
    var hasListener = false
    var writerDepth = 4
    var readerDepth = 16
    /// The most units that wait for each class of connections.
    var maxQueued = 8_192
    /// How long connecting and setting a session up may take together.
    var dialTimeout: UInt64 = 5_000_000_000
    /// How long a connection may owe an answer past the unit's deadline before it is given up.
    var patience: UInt64 = 10_000_000_000
    /// After so long without a word a connection is asked whether it lives, and given so long to say so.
    var heartbeat: UInt64 = 30_000_000_000
    /// How long a vital unit may wait without anything being heard of the server, before callers are told that it is away.
    var silence: UInt64 = 2_000_000_000
    /// Whether units are refused, and not kept waiting, while no connection can be made.
    var failsFast = false
    var backoffInitial: UInt64 = 50_000_000
    var backoffLimit: UInt64 = 5_000_000_000
}
