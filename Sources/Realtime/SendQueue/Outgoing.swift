import NIOCore

/// A message on its way to a client.
enum Outgoing: Sendable {
    case text(ByteBuffer)
    case binary(ByteBuffer)
    case feed(FeedLine)
    case ping
    case pong(ByteBuffer)
    case close(Close)

    /// About how many bytes it takes.
    var cost: Int {
        switch self {
        case .text(let bytes), .binary(let bytes), .pong(let bytes): bytes.readableBytes + 16
        case .feed(let line): line.cost
        case .ping: 16
        case .close(let close): close.reason.utf8.count + 16
        }
    }
}
