import AlmanacRuntime
import NIOCore

/// All slots of a window on their way to those who watch it.
struct FeedSnapshot: Sendable {
    /// The rest of the message.
    let tail: ByteBuffer
    /// Its place among all that are on their way; it is counted once, however many it goes to.
    let share: ByteRoom.Share
}
