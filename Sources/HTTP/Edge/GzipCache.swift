import NIOCore
import Synchronization

/// Compressed answers by what they are compressed from, so that one that is asked for again is not compressed again.
///
/// An address and a strong entity tag name the bytes (RFC 9110 §8.8.3). Bounded in bytes; what was not asked for since the
/// last turn goes first.
final class GzipCache: Sendable {
    struct Key: Hashable, Sendable {
        let target: [UInt8]
        let tag: [UInt8]
    }

    private struct State {
        /// Those asked for since the last turn, and those before.
        var young: [Key: ByteBuffer] = [:]
        var old: [Key: ByteBuffer] = [:]
        var youngBytes = 0
    }

    /// What an entry costs beside its bytes and its key.
    private static let overhead = 200

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: the most bytes kept; 0 keeps nothing.
    init(limit: Int) { self.limit = limit }

    func find(_ key: Key) -> ByteBuffer? {
        state.withLock { state in
            if let found = state.young[key] { return found }
            guard let found = state.old.removeValue(forKey: key) else { return nil }
            insert(key, found, &state)
            return found
        }
    }

    func keep(_ body: ByteBuffer, for key: Key) { state.withLock { insert(key, body, &$0) } }

    private func insert(_ key: Key, _ body: ByteBuffer, _ state: inout State) {
        let size = body.readableBytes + key.target.count + key.tag.count + Self.overhead
        // Half of the limit is young, half may be old.
        guard size <= limit / 2 else { return }
        if state.youngBytes + size > limit / 2 {
            (state.old, state.young, state.youngBytes) = (state.young, [:], 0)
        }
        if state.young.updateValue(body, forKey: key) == nil { state.youngBytes += size }
    }
}
