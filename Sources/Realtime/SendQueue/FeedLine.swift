import AlmanacRuntime
import NIOCore

/// One feed message of one subscription. The tail is shared by all who are told the same; the few bytes before it are
/// written only when the message is sent.
struct FeedLine: Sendable {
    enum Kind: Sendable {
        case snapshot
        case slots(previous: Int64)
        case appointment
    }

    /// The subscription's number in its send queue.
    let number: Int
    /// The subscription's id as a JSON string.
    let id: [UInt8]
    let kind: Kind
    let seq: Int64
    let tail: ByteBuffer
    /// A snapshot's place among all that are on their way: kept until it is written.
    var share: ByteRoom.Share?

    /// About how many bytes it takes.
    var cost: Int { tail.readableBytes + 64 }

    /// The members before the tail.
    var head: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(96)
        switch kind {
        case .snapshot: bytes += #"{"op":"snapshot","id":"#.utf8
        case .slots: bytes += #"{"op":"slots","id":"#.utf8
        case .appointment: bytes += #"{"op":"appointment","id":"#.utf8
        }
        bytes += id
        if case .slots(let previous) = kind {
            bytes += #","prev_seq":"#.utf8
            bytes += String(previous).utf8
        }
        bytes += #","seq":"#.utf8
        bytes += String(seq).utf8
        return bytes
    }
}
