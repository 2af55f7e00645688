import AlmanacRuntime
import HTTPTypes
import Hummingbird
import NIOCore
import TenantActors

/// Reads bodies. Long ones take room while they come in.
struct Bodies: Sendable {
    /// Every body may have this size even without free memory, so that large bodies of others never block a booking.
    private static let short = 16_384

    /// The most bytes of one body.
    let limit: Int
    let room: ByteRoom

    /// The bytes of the body, up to the configured size.
    func bytes(_ request: Request) async throws -> [UInt8] {
        if let length = request.headers[.contentLength].flatMap(Int.init), length > limit {
            throw NIOTooManyBytesError(maxBytes: limit)
        }
        var bytes: [UInt8] = []
        let share = ByteRoom.Share(of: room)
        for try await part in request.body {
            let length = bytes.count + part.readableBytes
            guard length <= limit else { throw NIOTooManyBytesError(maxBytes: limit) }
            guard length <= Self.short || share.grow(by: length - max(bytes.count, Self.short)) else {
                throw CommandError.overloaded
            }
            bytes.append(contentsOf: part.readableBytesView)
        }
        withExtendedLifetime(share) {}
        return bytes
    }
}
