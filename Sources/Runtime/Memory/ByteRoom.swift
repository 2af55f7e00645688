import Synchronization

/// How many bytes all requests or sockets of a kind may keep at once while they come in or go out.
///
/// What clients send or do not read is memory that they choose: each is bounded by itself, and all together here.
public final class ByteRoom: Sendable {
    /// The most bytes together.
    public let limit: Int
    private let taken = Mutex(0)

    public init(limit: Int) { self.limit = limit }

    /// The bytes that are kept now.
    public var used: Int { taken.withLock { $0 } }

    public var isFull: Bool { used >= limit }

    /// Takes room if there is some. One alone may take as much as it needs.
    public func take(_ bytes: Int) -> Bool {
        taken.withLock { taken in
            guard taken == 0 || bytes <= limit - taken else { return false }
            taken += bytes
            return true
        }
    }

    /// Counts what is kept in any case: more, or less where it is negative.
    public func count(_ bytes: Int) { taken.withLock { $0 += bytes } }

    /// Room that is given back when nobody holds it any more.
    public final class Share: Sendable {
        private let room: ByteRoom
        private let bytes = Mutex(0)

        public init(of room: ByteRoom) { self.room = room }

        deinit { room.count(-bytes.withLock { $0 }) }

        /// Takes this much more; false if there is no room.
        public func grow(by more: Int) -> Bool {
            guard room.take(more) else { return false }
            bytes.withLock { $0 += more }
            return true
        }
    }
}
