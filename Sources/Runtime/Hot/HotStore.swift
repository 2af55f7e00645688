/// Where hot state is written through to, so that other nodes can read it and a restarted one starts warm.
///
/// Nothing lives only here: whoever finds it unreachable, empty or behind goes to the record. A TLS-speaking
/// implementation may stand beside the one on hiredis.
public protocol HotStore: Sendable {
    /// Whether commands are being answered. While it is false every call fails at once.
    var isReachable: Bool { get }

    /// Puts a write into the queue, behind all earlier ones of this node. Does not block.
    ///
    /// `completion` is called once, from a thread of the store: it must not block either.
    func write(_ write: HotWrite, completion: @escaping @Sendable (HotWritten) -> Void)

    /// All that is kept under a key; nil if there is nothing.
    func read(_ key: String) async throws(HotError) -> HotRecord?

    /// The version of what is kept under a key; nil if there is nothing.
    func version(_ key: String) async throws(HotError) -> HotVersion?

    /// Hears of every write to a key from the time that `receive` is told ``HotEvent/connected``.
    ///
    /// `receive` is called in order, from a thread of the store, and must not block. Listeners of one key are independent.
    func listen(_ key: String, _ receive: @escaping @Sendable (HotEvent) -> Void) -> any HotListening

    /// Keeps a value for a while, unless there is one under this name already.
    func put(_ name: String, _ value: [UInt8], seconds: Int) async throws(HotError)

    /// Takes a value away: of several who ask, one gets it.
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

/// A change of what is kept under a key.
public struct HotWrite: Sendable {
    public var key: String
    /// What it builds on: it is written only over exactly this version. Nil replaces all there is, if that is not newer.
    public var base: HotVersion?
    public var version: HotVersion
    /// Fields that get a value.
    public var set: [(field: String, value: [UInt8])]
    /// Fields that go.
    public var remove: [String]
    /// Told to those who listen, in the same step, if it is written.
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

/// What became of a write.
public enum HotWritten: Sendable, Hashable {
    case written
    /// What is kept is not what the write builds on: write all of it.
    case behind
    /// Something newer is kept.
    case superseded
    /// Not known to be written: the store did not answer.
    case failed
}

/// What is kept under a key.
public struct HotRecord: Sendable, Hashable {
    public var version: HotVersion
    public var fields: [String: [UInt8]]

    public init(version: HotVersion, fields: [String: [UInt8]]) {
        self.version = version
        self.fields = fields
    }
}

/// What a listener is told.
public enum HotEvent: Sendable, Hashable {
    /// From here on nothing is missed until the next ``disconnected``; what was written before is to be read.
    case connected
    case disconnected
    /// A write: `base` is nil if it replaced everything.
    case written(base: HotVersion?, version: HotVersion, message: [UInt8])
}

/// A listener's end of the line.
public protocol HotListening: Sendable {
    /// Nothing more is told after this returns, but what is being told at that moment.
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
