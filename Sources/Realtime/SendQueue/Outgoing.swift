import JSON
import NIOCore
import TenantActors

/// A message on its way to a client.
enum Outgoing: Sendable {
    case message(SocketMessage)
    /// What a calendar told one of the client's subscriptions; `id` is the subscription's as a JSON string.
    case feed(FeedMessage, id: [UInt8])
    case ping
    case pong(ByteBuffer)
    case close(Close)

    /// About how many bytes it takes.
    var cost: Int {
        switch self {
        case .message(.text(let bytes)), .message(.binary(let bytes)), .pong(let bytes): bytes.readableBytes + 16
        case .feed(let message, _): message.cost
        case .ping: 16
        case .close(let close): close.reason.utf8.count + 16
        }
    }
}

extension FeedMessage {
    var cost: Int { tail.readableBytes + 64 }

    /// The members before the tail, for one subscription: few bytes, written only when the message is sent.
    func head(id: [UInt8]) -> [UInt8] {
        var writer = JSONWriter(reserving: 96)
        writer.beginObject()
        writer.field("op", kind.rawValue)
        writer.key("id")
        writer.raw(id)
        if let previous { writer.field("prev_seq", previous) }
        writer.field("seq", seq)
        return writer.bytes
    }
}
