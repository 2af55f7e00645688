import AlmanacRuntime
import HTTPTypes
import Hummingbird
import NIOCore
import Scheduling
import TenantActors

/// Answers that a client may leave unread: they take room while they are on their way, and further ones are refused where
/// there is none.
struct LongAnswers: Sendable {
    /// What is shorter is sent as it is: waiting for each piece would cost such an answer a third of its rate.
    private static let long = 1_048_576

    let room: ByteRoom

    /// The body as it is sent, from this event loop; throws ``CommandError/overloaded`` where too much is on its way.
    func body(
        _ body: ResponseBody, for owner: ID?, on eventLoop: any EventLoop
    ) throws(CommandError) -> ResponseBody {
        guard let bytes = body.contentLength, bytes > Self.long else { return body }
        let share = ByteRoom.Share(of: room, for: owner)
        guard share.grow(by: bytes) else { throw .overloaded }
        return ResponseBody(contentLength: bytes) { writer in
            try await body.write(PacedWriter(next: writer, eventLoop: eventLoop))
            withExtendedLifetime(share) {}
        }
    }
}

/// Hands a long body to the socket in pieces; each waits until the one before has been taken.
private struct PacedWriter: ResponseBodyWriter {
    private static let piece = 262_144

    var next: any ResponseBodyWriter
    let eventLoop: any EventLoop

    mutating func write(_ buffer: ByteBuffer) async throws {
        var rest = buffer
        while let piece = rest.readSlice(length: min(Self.piece, rest.readableBytes)), piece.readableBytes > 0 {
            try await next.write(piece)
            // A write comes back before the event loop has seen it: only then it is known whether the socket takes more.
            try await eventLoop.submit {}.get()
        }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws { try await next.finish(trailingHeaders) }
}
