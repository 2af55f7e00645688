public import AlmanacRuntime
import JSON
public import NIOCore
import Scheduling

/// What a calendar tells those who watch it: one value from the calendar to the socket, made once for all who are told
/// the same. Only ``previous`` differs from one receiver to another.
public struct FeedMessage: Sendable {
    /// What is told, by its name on the wire. In quotes, the members that ``tail`` has.
    public enum Kind: String, Sendable {
        /// All slots of the window: `"slots":[…]`.
        case snapshot
        /// What changed since the receiver's last snapshot or slots message: `"added":[…],"removed":[…]`.
        ///
        /// A slot whose seats changed is in both, removed as it was and added as it is.
        case slots
        /// What happened to an appointment that touches the window: `"type":"booked","appointment":{…}`.
        case appointment
        /// The actor is no more: subscribe again. This one does not leave the process.
        case ended
    }

    public let kind: Kind
    public let seq: Int64
    /// The number of the receiver's snapshot or slots message before this one; its watcher fills it in, in slots messages.
    public internal(set) var previous: Int64?
    /// The end of the JSON object, with its comma in front, encoded once for all receivers. The members before it (`op`,
    /// the subscription's `id`, `prev_seq`, `seq`) are the receiver's to write.
    public let tail: ByteBuffer
    /// A snapshot's share of the room for all snapshots on their way: it is given back when the last holder of the message
    /// lets go, so the socket holds the message until its bytes are written.
    public let share: ByteRoom.Share?
    /// Whether it is told after the event it is numbered by, because the clock or a failed write changed slots.
    let isLate: Bool

    init(
        _ kind: Kind, seq: Int64, previous: Int64? = nil, tail: ByteBuffer = ByteBuffer(),
        share: ByteRoom.Share? = nil, isLate: Bool = false
    ) {
        self.kind = kind
        self.seq = seq
        self.previous = previous
        self.tail = tail
        self.share = share
        self.isLate = isLate
    }

    static let ended = FeedMessage(.ended, seq: 0)
}

/// Encodes tails.
extension FeedMessage {
    static func tail(of slots: [Slot]) -> ByteBuffer {
        writeTail(ofSlots: slots.count) { list("slots", slots, &$0) }
    }

    static func tail(of delta: SlotDelta) -> ByteBuffer {
        writeTail(ofSlots: delta.added.count + delta.removed.count) { writer in
            list("added", delta.added, &writer)
            list("removed", delta.removed, &writer)
        }
    }

    static func tail(of happening: Feed.Happening) -> ByteBuffer {
        writeTail { writer in
            let short = happening.type.exact.split(separator: ".").last ?? ""
            writer.field("type", "\(short)")
            writer.key("appointment")
            writer.raw(EventAnswer.appointment(happening.payload))
        }
    }

    private static func writeTail(ofSlots count: Int = 0, _ members: (inout JSONWriter) -> Void) -> ByteBuffer {
        var writer = JSONWriter.continuing(reserving: 64 + count * 84)
        members(&writer)
        writer.endObject()
        return ByteBuffer(bytes: writer.bytes)
    }

    private static func list(_ key: StaticString, _ slots: [Slot], _ writer: inout JSONWriter) {
        writer.key(key)
        writer.array(slots, AvailabilityWriter.write)
    }
}

/// Receives the messages of one subscription, in order, from the calendar's actor: it must not block.
public protocol FeedSink: AnyObject, Sendable {
    func receive(_ message: FeedMessage)
}
