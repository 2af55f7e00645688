public import AlmanacRuntime
public import NIOCore

/// What a calendar tells those who watch it. `tail` is the rest of the JSON object after its first members, encoded
/// once for all who are told the same; the members in front of it (`op`, the subscription's `id`, `prev_seq`, `seq`)
/// are the receiver's to write.
public enum FeedMessage: Sendable {
    /// All slots of the window: `,"slots":[…]}`. Whoever has it keeps the share until it is sent.
    case snapshot(seq: Int64, tail: ByteBuffer, share: ByteRoom.Share? = nil)
    /// What changed since the receiver's last snapshot or slots message: `,"added":[…],"removed":[…]}`.
    ///
    /// A slot whose seats changed is in both, removed as it was and added as it is.
    case slots(previous: Int64, seq: Int64, tail: ByteBuffer)
    /// What happened to an appointment that touches the window: `,"type":"booked","appointment":{…}}`.
    case appointment(seq: Int64, tail: ByteBuffer)
    /// The actor is no more: subscribe again.
    case ended
}

/// Receives the messages of one subscription, in order, from the calendar's actor: it must not block.
public protocol FeedSink: AnyObject, Sendable {
    func receive(_ message: FeedMessage)
}
