import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import Realtime

/// A client that sends and reads bytes, so that it can do what no library would.
final class RawClient {
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    let channel: any Channel
    private var buffer = ByteBuffer()

    static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    static let handshake = """
        GET /api/v1/realtime HTTP/1.1\r\nHost: test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \(key)\r\nAuthorization: Bearer good\r\n\r\n
        """

    private init(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
        _ channel: any Channel
    ) {
        self.inbound = inbound.makeAsyncIterator()
        self.outbound = outbound
        self.channel = channel
    }

    /// Connects for as long as `body` runs.
    static func connect<R: Sendable>(
        _ port: Int, autoRead: Bool = true, _ body: (RawClient) async throws -> sending R
    ) async throws -> R {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await body(RawClient(inbound, outbound, channel.channel))
        }
    }

    /// Connects and becomes a WebSocket.
    static func open<R: Sendable>(
        _ port: Int, _ body: (RawClient) async throws -> sending R
    ) async throws -> R {
        try await connect(port) { client in
            try await client.send(handshake)
            let answer = try await client.head()
            try #require(answer.hasPrefix("HTTP/1.1 101 "), "\(answer)")
            return try await body(client)
        }
    }

    // MARK: Bytes

    func send(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }

    func send(_ bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

    /// Ends what is sent; what comes is still read.
    func finish() { outbound.finish() }

    /// Reads more; false at the end.
    private func more() async throws -> Bool {
        guard var next = try await inbound.next() else { return false }
        buffer.writeBuffer(&next)
        return true
    }

    /// Everything up to and with an empty line.
    func head() async throws -> String {
        while true {
            let text = String(buffer: buffer)
            if let end = text.firstRange(of: "\r\n\r\n") {
                let head = String(text[..<end.upperBound])
                buffer.moveReaderIndex(forwardBy: head.utf8.count)
                return head
            }
            guard try await more() else { return text }
        }
    }

    /// A response with its body, which has a length.
    func response() async throws -> (head: String, body: String) {
        let head = try await head()
        let lines = head.lowercased().split(whereSeparator: \.isNewline)
        let length = lines.first { $0.hasPrefix("content-length:") }.flatMap { Int($0.dropFirst(16)) } ?? 0
        while buffer.readableBytes < length {
            guard try await more() else { break }
        }
        return (head, buffer.readString(length: min(length, buffer.readableBytes)) ?? "")
    }

    /// Everything up to the end.
    func rest() async throws -> String {
        do { while try await more() {} } catch {}
        return buffer.readString(length: buffer.readableBytes) ?? ""
    }

    /// Whether the server ends the connection without saying more.
    func isAtEnd() async throws -> Bool {
        if buffer.readableBytes > 0 { return false }
        do { return try await !more() } catch { return true }
    }

    // MARK: Frames

    struct Frame: Equatable, CustomStringConvertible {
        let opcode: UInt8
        let payload: [UInt8]

        var text: String { String(decoding: payload, as: UTF8.self) }
        /// The code of a Close frame.
        var code: Int? { opcode == 0x88 && payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil }
        var description: String { code.map { "close \($0)" } ?? "\(String(opcode, radix: 16)) \(text)" }
    }

    /// The next frame; nil at the end.
    func frame() async throws -> Frame? {
        while true {
            if let frame = parse() { return frame }
            do {
                guard try await more() else { return nil }
            } catch {
                return nil
            }
        }
    }

    private func parse() -> Frame? {
        var rest = buffer
        guard let opcode: UInt8 = rest.readInteger(), let short: UInt8 = rest.readInteger() else { return nil }
        var length = Int(short)
        if short == 126 {
            guard let long: UInt16 = rest.readInteger() else { return nil }
            length = Int(long)
        } else if short == 127 {
            guard let long: UInt64 = rest.readInteger() else { return nil }
            length = Int(long)
        }
        guard let payload = rest.readBytes(length: length) else { return nil }
        buffer = rest
        return Frame(opcode: opcode, payload: payload)
    }

    /// The next text, whatever pings come before it.
    func text() async throws -> String {
        var frame = try await frame()
        while frame?.opcode == 0x89 { frame = try await self.frame() }
        #expect(frame?.opcode == 0x81, "\(frame?.description ?? "the end")")
        return frame?.text ?? ""
    }

    /// The code the server closes with, whatever it says before.
    func closeCode() async throws -> Int? {
        while let frame = try await frame() {
            if frame.opcode == 0x88 { return frame.code ?? 0 }
        }
        return nil
    }

    func say(_ text: String) async throws { try await send(Self.frame(0x81, Array(text.utf8))) }

    /// A frame of a client; its first byte and its payload as they are.
    static func frame(_ first: UInt8, _ payload: [UInt8] = [], masked: Bool = true) -> [UInt8] {
        let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        var bytes = [first]
        let bit: UInt8 = masked ? 0x80 : 0
        switch payload.count {
        case ...125: bytes.append(UInt8(payload.count) | bit)
        case ...0xFFFF: bytes += [126 | bit, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default:
            bytes.append(127 | bit)
            bytes += (0..<8).reversed().map { UInt8(truncatingIfNeeded: payload.count >> ($0 * 8)) }
        }
        guard masked else { return bytes + payload }
        return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
    }
}
