import Synchronization

/// What a listener of a channel is told.
public enum PubSubEvent: Sendable, Hashable {
    case connected
    case disconnected
    case message([UInt8])
}

/// One who listens.
final class PubSubListener: Sendable {
    private let isEnded = Atomic(false)
    private let receive: @Sendable (PubSubEvent) -> Void

    init(_ receive: @escaping @Sendable (PubSubEvent) -> Void) { self.receive = receive }

    func tell(_ event: PubSubEvent) {
        if !isEnded.load(ordering: .acquiring) { receive(event) }
    }

    func end() { isEnded.store(true, ordering: .releasing) }
}

/// A listener's end of the line; it ends with ``end()``, not by being let go.
public struct RedisListening: Sendable {
    let core: RedisCore
    let listener: PubSubListener
    let channel: String
    let id: UInt64

    public func end() {
        listener.end()
        core.change { shared in
            shared.pubSub.remove(id, from: channel)
            return shared.inbox.tell()
        }
    }
}
