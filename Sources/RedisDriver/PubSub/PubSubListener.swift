import Synchronization

/// A message to a listener of a channel.
public enum PubSubEvent: Sendable, Hashable {
    case connected
    case disconnected
    case message([UInt8])
}

/// A listener.
final class PubSubListener: Sendable {
    private let isEnded = Atomic(false)
    private let receive: @Sendable (PubSubEvent) -> Void

    init(_ receive: @escaping @Sendable (PubSubEvent) -> Void) { self.receive = receive }

    func tell(_ event: PubSubEvent) {
        if !isEnded.load(ordering: .acquiring) { receive(event) }
    }

    func end() { isEnded.store(true, ordering: .releasing) }
}

/// A listener's registration. It ends with ``end()``, not when it is released.
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
