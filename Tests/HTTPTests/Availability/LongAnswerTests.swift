import AlmanacRuntime
import HTTPTypes
import Hummingbird
import NIOCore
import TenantActors
import Testing

@testable import HTTP

@Suite struct LongAnswerTests {
    private actor Reader: ResponseBodyWriter {
        private(set) var pieces: [Int] = []

        func write(_ buffer: ByteBuffer) { pieces.append(buffer.readableBytes) }
        nonisolated func finish(_ trailingHeaders: HTTPFields?) {}
    }

    private static func buffer(_ bytes: Int) -> ByteBuffer { ByteBuffer(repeating: 0x20, count: bytes) }

    @Test func aLongAnswerIsSentInPiecesAndCountsWhileItIs() async throws {
        let room = ByteRoom(limit: 4_000_000)
        let answers = LongAnswers(room: room)
        var body: ResponseBody? = try answers.body(Self.buffer(3_000_000))
        #expect(body?.contentLength == 3_000_000)
        #expect(room.used == 3_000_000)
        #expect(throws: CommandError.self) { try answers.body(Self.buffer(1_500_000)) }
        _ = try answers.body(Self.buffer(1_000_000))
        // A short one is always sent.
        _ = try answers.body(Self.buffer(65_536))
        let reader = Reader()
        try await body?.write(reader)
        let pieces = await reader.pieces
        #expect(pieces.reduce(0, +) == 3_000_000)
        #expect(pieces.allSatisfy { $0 <= 262_144 })
        body = nil
        #expect(room.used == 0)
        // One alone may be as long as it is.
        _ = try answers.body(Self.buffer(5_000_000))
        #expect(room.used == 0)
    }
}
