import AlmanacRuntime
import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
import Scheduling
import TenantActors
import Testing

@testable import HTTP

@Suite struct LongAnswerTests {
    private actor Reader: ResponseBodyWriter {
        private(set) var pieces: [Int] = []

        func write(_ buffer: ByteBuffer) { pieces.append(buffer.readableBytes) }
        nonisolated func finish(_ trailingHeaders: HTTPFields?) {}
    }

    private static let (one, other) = (ID(high: 1, low: 1), ID(high: 1, low: 2))

    private static func body(_ bytes: Int) -> ResponseBody {
        ResponseBody(byteBuffer: ByteBuffer(repeating: 0x20, count: bytes))
    }

    @Test func aLongAnswerIsSentInPiecesAndCountsWhileItIs() async throws {
        let room = ByteRoom(limit: 40_000_000)
        let answers = LongAnswers(room: room)
        func take(_ bytes: Int, for owner: ID) throws -> ResponseBody {
            try answers.body(Self.body(bytes), for: owner, on: MultiThreadedEventLoopGroup.singleton.any())
        }
        var body: ResponseBody? = try take(15_000_000, for: Self.one)
        #expect(body?.contentLength == 15_000_000)
        #expect(room.used == 15_000_000)
        // One organization has half, and all of them together have all.
        #expect(throws: CommandError.self) { _ = try take(6_000_000, for: Self.one) }
        let others = try take(19_000_000, for: Self.other)
        #expect(throws: CommandError.self) { _ = try take(7_000_000, for: ID(high: 1, low: 3)) }
        _ = try take(4_000_000, for: Self.one)
        // A short one is always sent.
        _ = try take(1_048_576, for: Self.one)
        let reader = Reader()
        try await body?.write(reader)
        let pieces = await reader.pieces
        #expect(pieces.reduce(0, +) == 15_000_000)
        #expect(pieces.allSatisfy { $0 <= 262_144 })
        body = nil
        #expect(room.used == 19_000_000)
        withExtendedLifetime(others) {}
    }

    @Test func oneAloneMayBeAsLongAsItIs() throws {
        let room = ByteRoom(limit: 1_000)
        let share = ByteRoom.Share(of: room, for: Self.one)
        for _ in 0..<5 { #expect(share.grow(by: 400)) }
        #expect(room.used == 2_000)
        #expect(!ByteRoom.Share(of: room, for: Self.other).grow(by: 1))
    }
}
