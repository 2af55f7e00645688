import AlmanacRuntime
import HTTPTypes
import NIOCore
import NIOEmbedded
import Testing

@testable import Realtime

/// On a loop whose clock the test moves; the test says what the router would.
@Suite struct ConnectionGuardTests {
    private let channel = EmbeddedChannel()
    private let connection: ConnectionGuard
    private let errors = ErrorCollector()

    private static let get = "GET /a HTTP/1.1\r\nHost: t\r\n\r\n"
    private static let post = "POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\n"

    init() throws { try self.init(isReserve: false) }

    private init(isReserve: Bool) throws {
        let policy = ConnectionPolicy(limits: ConnectionLimits(), ledger: ConnectionLedger()) { status, code, detail in
            (HTTPResponse(status: status), ByteBuffer(string: code))
        }
        connection = ConnectionGuard(policy, isReserve: isReserve)
        try channel.pipeline.syncOperations.addHandlers(HalfOpen(), connection, errors)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    /// What is let through, all of it.
    private func letThrough() throws -> String {
        var text = ""
        while let bytes = try channel.readInbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text
    }

    private func answered() throws -> String {
        var text = ""
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text
    }

    private func send(_ text: String) throws { try channel.writeInbound(ByteBuffer(string: text)) }

    /// The router answers; returns what becomes of the connection.
    @discardableResult
    private func answer(closing: Bool = false) -> ConnectionGuard.Fate {
        let fate = connection.answerBegins(closing: closing)
        connection.answerEnded()
        channel.embeddedEventLoop.run()
        return fate
    }

    private func advance(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }

    private var status: String? { try? answered().split(separator: " ").dropFirst().first.map(String.init) }

    // MARK: One request at a time

    @Test func aRequestGoesThroughAsItCame() throws {
        try send(Self.post + "hello")
        #expect(try letThrough() == Self.post + "hello")
        #expect(answer() == .isKept)
        try send(Self.get)
        #expect(try letThrough() == Self.get)
    }

    @Test func aHeadGoesThroughOnceItIsWhole() throws {
        for byte in Self.get.utf8.dropLast() { try send(String(decoding: [byte], as: UTF8.self)) }
        #expect(try letThrough() == "")
        try send("\n")
        #expect(try letThrough() == Self.get)
    }

    @Test func aNextRequestWaitsForTheAnswer() throws {
        try send(Self.post + "hello" + Self.get + Self.post + "he")
        #expect(try letThrough() == Self.post + "hello")
        #expect(answer() == .isKept)
        #expect(try letThrough() == Self.get)
        #expect(answer() == .isKept)
        #expect(try letThrough() == Self.post + "he")
        try send("llo")
        #expect(try letThrough() == "llo")
    }

    @Test func aBodyInChunksEndsWhereItSays() throws {
        let head = "POST /a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
        try send(head + "3\r\nab")
        try send("c\r\n0\r\n\r\n" + Self.get)
        #expect(try letThrough() == head + "3\r\nabc\r\n0\r\n\r\n")
        #expect(answer() == .isKept)
        #expect(try letThrough() == Self.get)
    }

    @Test func emptyLinesBeforeARequestAreIgnored() throws {
        try send("\r\n" + Self.get)
        #expect(try letThrough() == Self.get)
    }

    @Test func aMethodThatIsNotOursIsRenamed() throws {
        try send("BREW /a HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nhi" + Self.get)
        #expect(try letThrough() == "TRACE /a HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nhi")
        answer()
        #expect(try letThrough() == Self.get)
    }

    // MARK: Refusals

    @Test(arguments: [
        ("GET /a HTTP/1.1\r\n\r\n", "400"), ("GET /a HTTP/1.1\nHost: t\n\n", "400"), ("\u{16}\u{3}\u{1}", "400"),
        ("GET /a HTTP/2.0\r\nHost: t\r\n\r\n", "400"), ("CONNECT t:1 HTTP/1.1\r\nHost: t\r\n\r\n", "405"),
        ("GET /a HTTP/1.1\r\nX: " + String(repeating: "x", count: 66_000), "431"),
    ])
    func whatIsNoRequestIsAnsweredAndNothingGoesThrough(text: String, wanted: String) throws {
        try send(text)
        #expect(status == wanted)
        try send(Self.get)
        #expect(try letThrough() == "")
        #expect(channel.isActive)
        advance(2)
        #expect(!channel.isActive)
    }

    @Test func aFaultBehindARequestIsAnsweredAfterIt() throws {
        try send(Self.get + "nonsense\r\n\r\n")
        #expect(try letThrough() == Self.get)
        #expect(try answered() == "")
        answer()
        #expect(status == "400")
    }

    @Test func aFaultInABodyIsToldToWhoReadsIt() throws {
        let head = "POST /a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
        try send(head + "zz\r\n")
        #expect(try letThrough() == head)
        #expect(errors.count == 1)
        #expect(answer() == .ends)
        advance(2)
        #expect(!channel.isActive)
    }

    @Test func anAnswerThatDoesNotWaitForTheBodyEndsTheConnection() throws {
        try send(Self.post + "he")
        #expect(answer() == .ends)
        try send("l")
        #expect(try letThrough() == Self.post + "he")
        advance(1)
        #expect(channel.isActive)
        advance(1)
        #expect(!channel.isActive)
    }

    @Test func aClientThatAsksIsLeft() throws {
        try send("GET /a HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n" + Self.get)
        #expect(answer() == .ends)
        #expect(connection.isEnding)
        try send("GET /a HTTP/1.1\r\n")
        advance(2)
        #expect(!channel.isActive)
    }

    // MARK: Time

    @Test func aSilentConnectionEnds() throws {
        advance(74)
        #expect(channel.isActive)
        advance(1)
        #expect(!channel.isActive)
    }

    @Test func anIdleConnectionEndsSoLongAfterItsLastAnswer() throws {
        advance(70)
        try send(Self.get)
        answer()
        advance(74)
        #expect(channel.isActive)
        advance(1)
        #expect(!channel.isActive)
    }

    @Test func aHeadThatDripsIsAnswered408() throws {
        try send("GET /a HT")
        for _ in 0..<9 {
            advance(1)
            try send("T")
        }
        #expect(try answered() == "")
        advance(1)
        #expect(status == "408")
        advance(2)
        #expect(!channel.isActive)
    }

    @Test func aBodyThatDripsEndsWithAnError() throws {
        try send("POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n")
        for _ in 0..<11 {
            advance(1)
            if errors.count == 0 { try send("x") }
        }
        #expect(errors.count == 1)
        #expect(errors.last is BodyTimeout)
        #expect(answer() == .ends)
        advance(2)
        #expect(!channel.isActive)
    }

    @Test func aBodyAtTheLeastRateGoesOnUntilItsTimeIsUp() throws {
        try send("POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n")
        for _ in 0..<119 {
            try send(String(repeating: "x", count: 600))
            advance(1)
        }
        #expect(errors.count == 0)
        advance(1)
        #expect(errors.count == 1)
    }

    @Test func workThatTakesLongIsNotTheClientsFault() throws {
        try send(Self.get)
        advance(600)
        #expect(channel.isActive)
        #expect(answer() == .isKept)
    }

    // MARK: The reserve

    @Test func theReserveAnswersProbesOnlyAndOnce() throws {
        let probe = try Self(isReserve: true)
        try probe.send("GET /health/live HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(try probe.letThrough().isEmpty == false)
        #expect(probe.answer() == .ends)
        let other = try Self(isReserve: true)
        try other.send(Self.get)
        #expect(other.status == "503")
        let silent = try Self(isReserve: true)
        silent.advance(2)
        #expect(!silent.channel.isActive)
    }
}

/// Counts what is thrown into the pipeline.
private final class ErrorCollector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    var count = 0
    var last: (any Error)?

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        count += 1
        last = error
    }
}

/// The embedded channel knows no closing of one half: it stays open here, as a socket does while the other half is.
private final class HalfOpen: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .output { promise?.succeed() } else { context.close(mode: mode, promise: promise) }
    }
}
