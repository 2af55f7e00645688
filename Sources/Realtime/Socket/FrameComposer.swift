import NIOCore
import TenantActors

/// Writes frames of the server (RFC 6455 §5.2: whole, unmasked) one after the other into few buffers.
struct FrameComposer {
    /// A shared tail that is longer is not copied for each socket but written as it is.
    static let maxCopied = 4_096

    private(set) var buffers: [ByteBuffer] = []
    private var current = ByteBuffer()

    /// The opcodes with the bit that says that a frame is a message's last.
    private enum Opcode: UInt8 {
        case text = 0x81
        case binary = 0x82
        case close = 0x88
        case ping = 0x89
        case pong = 0x8A
    }

    /// The frames of some messages, for one write.
    static func frames(_ messages: [Outgoing]) -> [ByteBuffer] {
        var composer = FrameComposer()
        for message in messages { composer.append(message) }
        return composer.finish()
    }

    mutating func append(_ message: Outgoing) {
        switch message {
        case .message(.text(let text)): frame(.text, text)
        case .message(.binary(let bytes)): frame(.binary, bytes)
        case .ping: header(.ping, length: 0)
        case .pong(let payload): frame(.pong, payload)
        case .close(let close): frame(.close, Self.body(close))
        case .feed(let message, let id):
            let head = message.head(id: id)
            header(.text, length: head.count + message.tail.readableBytes)
            current.writeBytes(head)
            payload(message.tail)
        }
    }

    mutating func finish() -> [ByteBuffer] {
        if current.readableBytes > 0 { buffers.append(current) }
        current = ByteBuffer()
        return buffers
    }

    private mutating func frame(_ opcode: Opcode, _ bytes: ByteBuffer) {
        header(opcode, length: bytes.readableBytes)
        payload(bytes)
    }

    private mutating func payload(_ bytes: ByteBuffer) {
        if bytes.readableBytes <= Self.maxCopied {
            current.writeImmutableBuffer(bytes)
        } else {
            buffers.append(current)
            buffers.append(bytes)
            current = ByteBuffer()
        }
    }

    private mutating func header(_ opcode: Opcode, length: Int) {
        current.writeInteger(opcode.rawValue)
        switch length {
        case ...125: current.writeInteger(UInt8(length))
        case ...0xFFFF: current.writeMultipleIntegers(UInt8(126), UInt16(length))
        default: current.writeMultipleIntegers(UInt8(127), UInt64(length))
        }
    }

    private static func body(_ close: Close) -> ByteBuffer {
        var body = ByteBuffer()
        guard let code = close.code else { return body }
        body.writeInteger(code.rawValue)
        body.writeString(close.reason)
        return body
    }
}
