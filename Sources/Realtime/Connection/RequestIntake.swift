import AlmanacRuntime
import NIOCore

/// Splits a client's bytes into requests: it hands out a head only when it is complete, a body as it arrives, and the next
/// head only when asked. Pure.
struct RequestIntake {
    /// The head handed out last.
    private(set) var request: RequestHead?
    /// Whether its body has come whole, and how many bytes of it have come.
    private(set) var isWhole = true
    private(set) var received = 0
    private var held = ByteBuffer()
    /// How far the held bytes were searched for the end of a head.
    private var search = HeadSearch()
    private var chunks = ChunkedBody()
    private var bodyLeft = 0

    /// Whether no bytes wait.
    var isEmpty: Bool { held.readableBytes == 0 }

    mutating func append(_ bytes: ByteBuffer) {
        var bytes = bytes
        if isEmpty { held = bytes } else { held.writeBuffer(&bytes) }
    }

    /// All bytes that wait.
    mutating func takeAll() -> ByteBuffer { take(held.readableBytes) }

    mutating func beginHead() { search = HeadSearch() }

    /// The head with what has come of its body; nil if it has not come whole.
    mutating func takeHead(_ limits: ConnectionLimits) throws(ConnectionFault) -> ByteBuffer? {
        let end = try held.withUnsafeReadableBytes { bytes throws(ConnectionFault) in
            try search.find(bytes, atMost: limits.maxHeadBytes)
        }
        if search.leading > 0 { held.moveReaderIndex(forwardBy: search.dropLeading()) }
        guard let end else { return nil }
        let head = try held.withUnsafeReadableBytes { bytes throws(ConnectionFault) in
            try RequestHead(UnsafeRawBufferPointer(rebasing: bytes[..<end]), maxFields: limits.maxHeadFields)
        }
        (request, received, bodyLeft) = (head, 0, 0)
        switch head.body {
        case .none: break
        case .length(let count):
            received = min(count, held.readableBytes - end)
            bodyLeft = count - received
        case .chunked: chunks = ChunkedBody()
        }
        isWhole = head.body != .chunked && bodyLeft == 0
        let renamed = head.foreignMethodLength.map { renameMethod($0) } ?? 0
        return take(end + received + renamed)
    }

    /// What has come of the body.
    mutating func takeBody(_ limits: ConnectionLimits) throws(ConnectionFault) -> ByteBuffer {
        var count = min(bodyLeft, held.readableBytes)
        if request?.body == .chunked {
            count = try held.withUnsafeReadableBytes { bytes throws(ConnectionFault) in try chunks.read(bytes, limits) }
            isWhole = chunks.isDone
        } else {
            bodyLeft -= count
            isWhole = bodyLeft == 0
        }
        received += count
        return take(count)
    }

    /// The decoder knows some methods and not others; the router answers all that are not ours alike. Returns by how much
    /// the head has grown.
    private mutating func renameMethod(_ length: Int) -> Int {
        var renamed = ByteBuffer()
        renamed.reserveCapacity(held.readableBytes + 5)
        renamed.writeStaticString("TRACE")
        held.moveReaderIndex(forwardBy: length)
        renamed.writeBuffer(&held)
        held = renamed
        return 5 - length
    }

    private mutating func take(_ count: Int) -> ByteBuffer {
        let bytes = held.readSlice(length: count) ?? ByteBuffer()
        // Lets go of memory that has been read.
        if isEmpty { held = ByteBuffer() }
        return bytes
    }
}
