import AlmanacRuntime
import Hummingbird
import NIOCore
import Synchronization
import TenantActors

/// How many bytes of long answers are on their way at once. A client that asks for megabytes and does not read them keeps
/// them in memory: past the bound, further ones are refused.
final class LongAnswers: Sendable {
    /// What is shorter is sent as it is.
    private static let long = 1_048_576
    /// What is handed to the socket at a time; the next waits until it has been taken.
    private static let piece = 262_144

    /// Bytes that are on their way, given back when nobody sends them any more.
    private final class Share: Sendable {
        private let answers: LongAnswers
        private let bytes: Int

        init(_ answers: LongAnswers, _ bytes: Int) {
            self.answers = answers
            self.bytes = bytes
        }

        deinit { answers.sending.withLock { $0 -= bytes } }
    }

    private let limit: Int
    private let sending = Mutex(0)

    init(limit: Int) { self.limit = limit }

    /// How many bytes are on their way.
    var underWay: Int { sending.withLock { $0 } }

    /// The bytes as a body; throws ``CommandError/overloaded`` where too many are on their way.
    func body(_ buffer: ByteBuffer) throws(CommandError) -> ResponseBody {
        let bytes = buffer.readableBytes
        guard bytes > Self.long else { return ResponseBody(byteBuffer: buffer) }
        let isTaken = sending.withLock { sending in
            // One alone may be as long as it is.
            guard sending == 0 || sending + bytes <= limit else { return false }
            sending += bytes
            return true
        }
        guard isTaken else { throw .overloaded }
        let share = Share(self, bytes)
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
