import AlmanacRuntime
import HTTPTypes
import Hummingbird
import NIOCore
import TenantActors

extension API {
    /// Every body may have this size even without free memory, so that large bodies of others never block a booking.
    private static let shortBody = 16_384

    /// The bytes of the body, up to the configured size.
    func bytes(_ request: Request) async throws -> [UInt8] {
        if let length = request.headers[.contentLength].flatMap(Int.init), length > maxBodyBytes {
            throw NIOTooManyBytesError(maxBytes: maxBodyBytes)
        }
        var bytes: [UInt8] = []
        let share = ByteRoom.Share(of: bodies)
        for try await part in request.body {
            let (length, free) = (bytes.count + part.readableBytes, Self.shortBody)
            guard length <= maxBodyBytes else { throw NIOTooManyBytesError(maxBytes: maxBodyBytes) }
            guard length <= free || share.grow(by: length - max(bytes.count, free)) else {
                throw CommandError.overloaded
            }
            bytes.append(contentsOf: part.readableBytesView)
        }
        withExtendedLifetime(share) {}
        return bytes
    }
}
