import AlmanacRuntime
import Hummingbird
import NIOCore
import TenantActors

/// Answers that a client may leave unread: they take room while they are on their way, and further ones are refused where
/// there is none.
struct LongAnswers: Sendable {
    /// What is shorter is sent as it is: the socket's own buffer takes it.
    private static let long = 65_536
    /// What is handed to the socket at a time; the next waits until it has been taken.
    private static let piece = 262_144

    let room: ByteRoom

    /// The bytes as a body; throws ``CommandError/overloaded`` where too many are on their way.
    func body(_ buffer: ByteBuffer) throws(CommandError) -> ResponseBody {
        let bytes = buffer.readableBytes
        guard bytes > Self.long else { return ResponseBody(byteBuffer: buffer) }
        let share = ByteRoom.Share(of: room)
        guard share.grow(by: bytes) else { throw .overloaded }
        return ResponseBody(contentLength: bytes) { writer in
            var rest = buffer
            while let piece = rest.readSlice(length: min(Self.piece, rest.readableBytes)), piece.readableBytes > 0 {
                try await writer.write(piece)
            }
            try await writer.finish(nil)
            withExtendedLifetime(share) {}
        }
    }
}
