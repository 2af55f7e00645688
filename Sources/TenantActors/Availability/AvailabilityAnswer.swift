import AlmanacRuntime
public import NIOCore
public import Scheduling

/// A finished answer, and how long it is valid.
public struct AvailabilityAnswer: Sendable {
    /// The body. All readers of the answer share its storage.
    public let body: ByteBuffer
    /// Strong entity tag, quotes included.
    public let etag: String
    /// The first instant at which the clock alone may change it.
    public let validUntil: Instant?

    public var bytes: [UInt8] { Array(body.readableBytesView) }
}
