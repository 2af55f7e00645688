public import Scheduling
import Synchronization

/// How many bytes all requests or sockets of a kind may keep at once while they come in or go out.
///
/// What clients send slowly or do not read is memory that they choose: each is bounded by itself, and all together here.
/// One organization has at most half, so that its clients leave room for those of others.
public final class ByteRoom: Sendable {
    private struct State {
        var taken = 0
        var byOwner: [ID: Int] = [:]
    }

    /// The most bytes together.
    public let limit: Int
    private let state = Mutex(State())

    public init(limit: Int) { self.limit = limit }

    /// The bytes that are kept now.
    public var used: Int { state.withLock { $0.taken } }

    public var isFull: Bool { used >= limit }

    /// Takes room if there is some. One alone may take as much as it needs.
    ///
    /// - Parameter own: what the taker has already.
    private func take(_ bytes: Int, having own: Int, for owner: ID?) -> Bool {
        state.withLock { state in
            guard state.taken == own || bytes <= limit - state.taken else { return false }
            if let owner {
                let others = state.byOwner[owner, default: 0]
                guard others == own || bytes <= limit / 2 - others else { return false }
                state.byOwner[owner] = others + bytes
            }
            state.taken += bytes
            return true
        }
    }

    private func giveBack(_ bytes: Int, of owner: ID?) {
        guard bytes > 0 else { return }
        state.withLock { state in
            state.taken -= bytes
            guard let owner, let kept = state.byOwner[owner] else { return }
            state.byOwner[owner] = kept > bytes ? kept - bytes : nil
        }
    }

    /// Room that is given back when nobody holds it any more.
    public final class Share: Sendable {
        private let room: ByteRoom
        private let owner: ID?
        private let bytes = Mutex(0)

        public init(of room: ByteRoom, for owner: ID? = nil) {
            self.room = room
            self.owner = owner
        }

        deinit { room.giveBack(bytes.withLock { $0 }, of: owner) }

        /// Takes this much more; false if there is no room.
        public func grow(by more: Int) -> Bool {
            bytes.withLock { own in
                guard room.take(more, having: own, for: owner) else { return false }
                own += more
                return true
            }
        }
    }
}
