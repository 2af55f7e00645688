import Connecting

/// Where the server is and how the pool behaves.
///
/// Its description never shows the address, which may contain a password.
public struct PostgresConfiguration: Sendable {
    /// One class of connections.
    public struct Lane: Sendable, Hashable {
        public var connections: Int
        /// How many units may be under way on one connection.
        public var depth: Int

        public init(connections: Int, depth: Int) {
            self.connections = connections
            self.depth = depth
        }
    }

    /// Passed to libpq unchanged (manual §34.1.1), so all its options work: `sslmode`, `sslrootcert`, …
    public var url: String
    /// Unless the URL names one.
    public var applicationName = "almanac"
    /// Run on every connection as it is made, all in one round trip: `SET statement_timeout = …`, `SET ROLE …`.
    ///
    /// If one fails the connection is not used. A statement's own limit must be below ``deadline``: after that, the
    /// connection accepts nothing until the server has answered.
    public var session: [String] = PostgresConfiguration.defaultSession
    /// Like ``session``, for the connections that run units.
    ///
    /// Every unit looks up rows by key. Its statements are planned once, often while tables are small or never
    /// analysed. A plan that reads a whole table, or all rows of an organization, would stay while the table grows.
    public var planning = [
        "SET enable_seqscan = off", "SET enable_bitmapscan = off", "SET enable_material = off",
        "SET enable_hashjoin = off", "SET enable_mergejoin = off", "SET plan_cache_mode = force_generic_plan",
    ]
    public var writers = Lane(connections: 2, depth: 4)
    public var readers = Lane(connections: 2, depth: 16)
    /// Whether there is a connection for ``PostgresPool/listen(_:limit:)``.
    public var hasListener = true
    /// The most units that may wait for writers, and for readers.
    public var maxQueued = 8_192
    /// The most statements prepared on one connection; further ones run unprepared.
    public var maxPrepared = 512
    /// How long a unit's caller waits, unless the unit sets its own limit.
    public var deadline = Duration.seconds(10)
    /// How long it may take to connect.
    public var connectTimeout = Duration.seconds(5)
    /// How long a connection may owe an answer after the unit's deadline before it is closed.
    public var patience = Duration.seconds(10)
    /// How long a vital unit may wait, while the server is silent, before callers are told that it is unreachable.
    public var silence = Duration.seconds(1)
    /// A connection that was silent for this long gets a probe, and has the same time to answer.
    public var heartbeat = Duration.seconds(30)
    /// Pauses between attempts to connect: the first, and the longest.
    public var backoff = Duration.milliseconds(50)...Duration.seconds(1)

    public init(url: String) { self.url = url }

    /// Limits below the default deadline, and UTC.
    public static let defaultSession = [
        "SET statement_timeout = '8s'", "SET lock_timeout = '5s'",
        "SET idle_in_transaction_session_timeout = '30s'", "SET timezone = 'UTC'",
    ]

    var limits: PoolLimits {
        PoolLimits(
            writers: max(1, writers.connections), readers: max(1, readers.connections), hasListener: hasListener,
            writerDepth: max(1, writers.depth), readerDepth: max(1, readers.depth), maxQueued: max(1, maxQueued),
            dialTimeout: connectTimeout.nanoseconds, patience: patience.nanoseconds, heartbeat: heartbeat.nanoseconds,
            silence: silence.nanoseconds, failsFast: true,
            backoffInitial: backoff.lowerBound.nanoseconds, backoffLimit: backoff.upperBound.nanoseconds
        )
    }
}

extension PostgresConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "PostgreSQL, \(writers.connections) writers, \(readers.connections) readers" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
