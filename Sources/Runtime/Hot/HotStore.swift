/// The store of hot state, which other nodes read and from which a restarted node starts warm.
///
/// Nothing lives only here: if the store is unreachable, empty or behind, nodes read the record. An implementation with
/// TLS may stand beside the one on hiredis.
public protocol HotStore: Sendable {
    /// Whether the store answers. While this is false, every call fails at once.
    var isReachable: Bool { get }

    /// Queues a write after all earlier ones of this node. Does not block.
    ///
    /// A thread of the store calls `completion` once; it must not block either.
    func write(_ write: HotWrite, completion: @escaping @Sendable (HotWritten) -> Void)

    /// The value under a key; nil if there is none.
    func read(_ key: String) async throws(HotError) -> HotRecord?

    /// The version of the value under a key; nil if there is none.
    func version(_ key: String) async throws(HotError) -> HotVersion?

    /// Listens to every write to a key, from the moment that `receive` gets ``HotEvent/connected``.
    ///
    /// A thread of the store calls `receive` in order; it must not block. Listeners of one key are independent.
    func listen(_ key: String, _ receive: @escaping @Sendable (HotEvent) -> Void) -> any HotListening

    /// Stores a value for a while, unless the name is taken.
    func put(_ name: String, _ value: [UInt8], seconds: Int) async throws(HotError)

    /// Removes and returns a value; only one of several callers gets it.
    func take(_ name: String) async throws(HotError) -> [UInt8]?
}

/// How new a calendar's hot state is. It never goes back: the epoch is raised by every activation, the number by every
/// event.
public struct HotVersion: Sendable, Hashable, Comparable {
    /// The calendar's generation.
    public var epoch: Int64
    public var seq: Int64

    public init(epoch: Int64, seq: Int64) {
        self.epoch = epoch
        self.seq = seq
    }

    public static func < (left: HotVersion, right: HotVersion) -> Bool {
        (left.epoch, left.seq) < (right.epoch, right.seq)
    }
}

/// A change of the value under a key.
public struct HotWrite: Sendable {
    public var key: String
    /// The version that it extends; it is written only over exactly that. Nil replaces all, unless that is newer.
    public var base: HotVersion?
    public var version: HotVersion
    /// Fields to set.
    public var set: [(field: String, value: [UInt8])]
    /// Fields to remove.
    public var remove: [String]
    /// Published to listeners in the same step, if the write succeeds.
    public var message: [UInt8]

    public init(
        key: String, base: HotVersion?, version: HotVersion, set: [(field: String, value: [UInt8])] = [],
        remove: [String] = [], message: [UInt8] = []
    ) {
        self.key = key
        self.base = base
        self.version = version
        self.set = set
        self.remove = remove
        self.message = message
    }
}

/// The result of a write.
public enum HotWritten: Sendable, Hashable {
    case written
    /// The stored version is not the base of the write: write everything.
    case behind
    /// A newer version is stored.
    case superseded
    /// Unknown: the store did not answer.
    case failed
}

/// The value under a key.
public struct HotRecord: Sendable, Hashable {
    public var version: HotVersion
    public var fields: [String: [UInt8]]

    public init(version: HotVersion, fields: [String: [UInt8]]) {
        self.version = version
        self.fields = fields
    }
}

/// A message to a listener.
public enum HotEvent: Sendable, Hashable {
    /// From here on the listener misses nothing until the next ``disconnected``. Read earlier writes from the store.
    case connected
    case disconnected
    /// A write: `base` is nil if it replaced everything.
    case written(base: HotVersion?, version: HotVersion, message: [UInt8])
}

/// A listener's registration.
public protocol HotListening: Sendable {
    /// After this returns, the listener gets nothing more, except a message that is being delivered right then.
    func end()
}

/// Why the store gave no answer. Never user data.
public struct HotError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Not connected, or no answer in time.
        case unreachable
        /// An answer that does not have the expected shape.
        case corrupt
    }

    public let code: Code
    public let context: String

    public init(_ code: Code, _ context: String) {
        self.code = code
        self.context = context
    }

    public var description: String { "\(code.rawValue): \(context)" }
}
