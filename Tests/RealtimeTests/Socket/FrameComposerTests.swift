import NIOCore
import Testing

@testable import Realtime
@testable import TenantActors

@Suite struct FrameComposerTests {
    private static func bytes(_ messages: Outgoing...) -> [UInt8] {
        FrameComposer.frames(messages).flatMap { Array($0.readableBytesView) }
    }

    @Test(
        arguments: [
            (0, [0x81, 0]), (125, [0x81, 125]), (126, [0x81, 126, 0, 126]), (65_535, [0x81, 126, 0xFF, 0xFF]),
            (65_536, [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] as [(Int, [UInt8])])
    func theLengthTakesAsFewBytesAsItCan(count: Int, header: [UInt8]) {
        let payload = [UInt8](repeating: 0x41, count: count)
        #expect(Self.bytes(.message(.text(ByteBuffer(bytes: payload)))) == header + payload)
    }

    @Test func messagesFollowEachOtherInOneBuffer() {
        let frames = FrameComposer.frames([.ping, .pong(ByteBuffer(string: "a")), .close(Close(.goingAway, "b"))])
        #expect(frames.map { Array($0.readableBytesView) } == [[0x89, 0, 0x8A, 1, 0x61, 0x88, 3, 0x03, 0xE9, 0x62]])
    }

    @Test func aCloseWithoutACodeHasNoBody() {
        #expect(Self.bytes(.close(Close(nil))) == [0x88, 0])
    }

    @Test(arguments: [
        (
            FeedMessage(.snapshot, seq: .max, tail: tail),
            #"{"op":"snapshot","id":"a\"","seq":9223372036854775807,"x":1}"#
        ),
        (
            FeedMessage(.slots, seq: .max, previous: 0, tail: tail),
            #"{"op":"slots","id":"a\"","prev_seq":0,"seq":9223372036854775807,"x":1}"#
        ),
        (
            FeedMessage(.appointment, seq: .max, tail: tail),
            #"{"op":"appointment","id":"a\"","seq":9223372036854775807,"x":1}"#
        ),
    ])
    func aFeedMessageIsItsHeadAndTheSharedTail(message: FeedMessage, text: String) {
        let sent = Self.bytes(.feed(message, id: Array(#""a\"""#.utf8)))
        #expect(sent == [0x81, UInt8(text.utf8.count)] + Array(text.utf8))
    }

    private static let tail = ByteBuffer(string: #","x":1}"#)

    @Test func aLongTailIsNotCopied() {
        let tail = ByteBuffer(repeating: 0x41, count: FrameComposer.maxCopied + 1)
        let id = Array(#""1""#.utf8)
        let message = FeedMessage(.snapshot, seq: 1, tail: tail)
        let frames = FrameComposer.frames([.feed(message, id: id), .ping])
        #expect(frames.count == 3)
        let isShared = frames[1].withUnsafeReadableBytes { frame in
            tail.withUnsafeReadableBytes { frame.baseAddress == $0.baseAddress }
        }
        #expect(isShared)
        #expect(frames.reduce(0) { $0 + $1.readableBytes } == 4 + message.head(id: id).count + tail.readableBytes + 2)
    }
}
