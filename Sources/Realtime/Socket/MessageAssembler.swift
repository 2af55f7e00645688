package import NIOCore
import NIOWebSocket

/// A whole message of a client (RFC 6455 §5.6).
package enum SocketMessage: Hashable, Sendable {
    /// Valid UTF-8.
    case text(ByteBuffer)
    case binary(ByteBuffer)
}

/// Makes messages of frames and refuses what RFC 6455 does not allow. Pure: it neither reads nor writes.
///
///     between messages ──text or binary, not final──► inside one ──continuation, final──► between messages
///          │    ▲                                        │    ▲
///          └────┘ whole message, control frame           └────┘ continuation, control frame
struct MessageAssembler {
    enum Event: Hashable {
        case message(SocketMessage)
        case ping(ByteBuffer)
        case pong
        case close(Close)
    }

    private struct Partial {
        let isText: Bool
        var bytes = ByteBuffer()
        var utf8 = UTF8Validator()
    }

    let maxBytes: Int
    let acceptsBinary: Bool
    private var partial: Partial?

    init(maxBytes: Int, acceptsBinary: Bool) {
        self.maxBytes = maxBytes
        self.acceptsBinary = acceptsBinary
    }

    /// What a frame completes; nil for one that leaves a message unfinished.
    mutating func take(_ frame: WebSocketFrame) throws(Close) -> Event? {
        guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
            throw Close(.protocolError, "no extension was agreed on")  // §5.2
        }
        guard frame.maskKey != nil else {
            throw Close(.protocolError, "frames of a client must be masked")  // §5.1
        }
        if frame.opcode.isControlOpcode {
            guard frame.fin, frame.length <= 125 else {
                throw Close(.protocolError, "control frames must be whole and short")  // §5.5
            }
        }
        switch frame.opcode {
        case .text: return try begin(frame, isText: true)
        case .binary: return try begin(frame, isText: false)
        case .continuation: return try proceed(frame)
        case .ping: return .ping(frame.unmaskedData)
        case .pong: return .pong
        case .connectionClose: return .close(try Self.close(frame.unmaskedData))
        default: throw Close(.protocolError, "the opcode is not known")  // §5.2
        }
    }

    private mutating func begin(_ frame: WebSocketFrame, isText: Bool) throws(Close) -> Event? {
        guard partial == nil else {
            throw Close(.protocolError, "the message before is not finished")  // §5.4
        }
        guard isText || acceptsBinary else {
            throw Close(.unsupportedData, "messages must be text")
        }
        partial = Partial(isText: isText)
        return try append(frame)
    }

    private mutating func proceed(_ frame: WebSocketFrame) throws(Close) -> Event? {
        guard partial != nil else {
            throw Close(.protocolError, "there is no message to continue")  // §5.4
        }
        return try append(frame)
    }

    private mutating func append(_ frame: WebSocketFrame) throws(Close) -> Event? {
        guard var message = partial.take() else { return nil }
        guard message.bytes.readableBytes + frame.length <= maxBytes else {
            throw Close(.messageTooBig, "messages may have \(maxBytes) bytes")
        }
        var data = frame.unmaskedData
        if message.isText {
            let isValid = data.withUnsafeReadableBytes { message.utf8.take($0) }
            guard isValid, !frame.fin || message.utf8.isComplete else {
                throw Close(.invalidPayload, "text must be UTF-8")  // §8.1
            }
        }
        if message.bytes.readableBytes == 0 { message.bytes = data } else { message.bytes.writeBuffer(&data) }
        guard frame.fin else {
            partial = message
            return nil
        }
        return .message(message.isText ? .text(message.bytes) : .binary(message.bytes))
    }

    /// Reads the body of a Close frame (§5.5.1, §7.4).
    static func close(_ body: ByteBuffer) throws(Close) -> Close {
        var body = body
        if body.readableBytes == 0 { return Close(nil) }
        guard let number: UInt16 = body.readInteger(), CloseCode(number).isSendable else {
            throw Close(.protocolError, "the close code is not allowed")
        }
        var utf8 = UTF8Validator()
        guard body.withUnsafeReadableBytes({ utf8.take($0) }), utf8.isComplete else {
            throw Close(.invalidPayload, "the reason of a close must be UTF-8")
        }
        return Close(CloseCode(number), String(buffer: body))
    }
}
