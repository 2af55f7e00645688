import AlmanacRuntime
import NIOCore
import NIOEmbedded
import NIOWebSocket
import Testing

@testable import Realtime

/// On a loop whose clock the test moves.
@Suite struct SocketWatchTests {
    private let channel = EmbeddedChannel()
    private let sendQueue = SendQueue()

    init() throws {
        let settings = RealtimeSettings()  // pings each 25 s, idle 60 s, stalled 30 s
        try channel.pipeline.syncOperations.addHandler(SocketWatch(sendQueue: sendQueue, settings: settings))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    private func advance(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }

    /// The steps that are due, in words.
    private func steps() -> [String] {
        var steps: [String] = []
        while let step = sendQueue.change({ $0.isReady ? $0.next() : nil }) {
            switch step {
            case .write(let messages): steps += messages.map { if case .ping = $0 { "ping" } else { "other" } }
            case .writeLast(let messages):
                for case .close(let close) in messages { steps.append("close \(close.code?.rawValue ?? 0)") }
                return steps
            case .attend(.checkCredential): steps.append("check")
            case .attend(.resubscribe), .resynchronize: steps.append("other")
            case .finish: return steps
            }
        }
        return steps
    }

    private func say() throws {
        try channel.writeInbound(WebSocketFrame(fin: true, opcode: .pong, data: ByteBuffer()))
    }

    @Test func theClientIsAskedAndItsCredentialCheckedAtEachInterval() throws {
        advance(20)
        #expect(steps() == [])
        advance(5)
        #expect(steps().sorted() == ["check", "ping"])
        for _ in 0..<10 {
            try say()
            advance(25)
            #expect(steps().sorted() == ["check", "ping"])
        }
    }

    @Test func whoSaysNothingIsSentAway() {
        advance(59)
        #expect(!steps().contains("close 1001"))
        advance(8)
        #expect(steps().last == "close 1001")
    }

    @Test func anyFrameIsASignOfLife() throws {
        for _ in 0..<20 {
            advance(30)
            try say()
        }
        #expect(!steps().contains("close 1001"))
    }

    @Test func whoTakesNothingIsCutOff() throws {
        // What is not flushed waits, as it does when the other side takes nothing.
        channel.write(ByteBuffer(string: "x"), promise: nil)
        advance(28)
        #expect(channel.isActive)
        advance(10)
        #expect(!channel.isActive)
    }

    @Test func whoTakesSomethingIsGivenTime() throws {
        channel.write(ByteBuffer(string: "x"), promise: nil)
        for _ in 0..<10 {
            advance(20)
            try say()
            channel.flush()
            // More is waiting than before; but what was waiting then has gone.
            channel.write(ByteBuffer(string: "more and more"), promise: nil)
            channel.write(ByteBuffer(string: "and more"), promise: nil)
        }
        #expect(channel.isActive)
        advance(45)
        #expect(!channel.isActive)
    }

    @Test func aShutdownIsTold() {
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(steps() == ["close 1001"])
    }

    @Test func nothingHappensAfterTheEnd() throws {
        try channel.close().wait()
        advance(1_000)
        #expect(steps() == [])
    }
}
