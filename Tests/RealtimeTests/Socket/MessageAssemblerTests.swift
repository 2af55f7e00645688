import NIOCore
import NIOWebSocket
import Testing

@testable import Realtime

@Suite struct MessageAssemblerTests {
    private static let key: WebSocketMaskingKey = [1, 2, 3, 4]

    private static func frame(
        _ opcode: UInt8, _ text: String = "", fin: Bool = true, rsv: UInt8 = 0, masked: Bool = true
    ) -> WebSocketFrame {
        frame(opcode, bytes: Array(text.utf8), fin: fin, rsv: rsv, masked: masked)
    }

    private static func frame(
        _ opcode: UInt8, bytes: [UInt8], fin: Bool = true, rsv: UInt8 = 0, masked: Bool = true
    ) -> WebSocketFrame {
        var data = ByteBuffer(bytes: bytes)
        if masked { data.webSocketMask(key) }
        return WebSocketFrame(
            fin: fin, rsv1: rsv & 4 != 0, rsv2: rsv & 2 != 0, rsv3: rsv & 1 != 0,
            opcode: WebSocketOpcode(encodedWebSocketOpcode: opcode) ?? .text, maskKey: masked ? key : nil, data: data
        )
    }

    /// What frames make, and the code of the violation that ended them.
    private static func events(
        _ frames: [WebSocketFrame], maxBytes: Int = 16, acceptsBinary: Bool = false
    ) -> (events: [MessageAssembler.Event], code: CloseCode?) {
        var assembler = MessageAssembler(maxBytes: maxBytes, acceptsBinary: acceptsBinary)
        var events: [MessageAssembler.Event] = []
        for frame in frames {
            do throws(Close) {
                if let event = try assembler.take(frame) { events.append(event) }
            } catch {
                return (events, error.code)
            }
        }
        return (events, nil)
    }

    private static func text(_ text: String) -> MessageAssembler.Event { .message(.text(ByteBuffer(string: text))) }

    @Test func fragmentsMakeOneMessage() {
        let frames = [Self.frame(1, "ab", fin: false), Self.frame(0, "", fin: false), Self.frame(0, "cd")]
        #expect(Self.events(frames).events == [Self.text("abcd")])
    }

    @Test func controlFramesMayStandBetweenFragments() {
        let frames = [Self.frame(1, "ab", fin: false), Self.frame(9, "?"), Self.frame(0xA), Self.frame(0, "cd")]
        #expect(Self.events(frames).events == [.ping(ByteBuffer(string: "?")), .pong, Self.text("abcd")])
    }

    @Test func anEmptyMessageIsAMessage() {
        #expect(Self.events([Self.frame(1)]).events == [Self.text("")])
    }

    @Test func aCharacterMayBeCutByAFragment() {
        let frames = [Self.frame(1, bytes: [0xE2, 0x82], fin: false), Self.frame(0, bytes: [0xAC])]
        #expect(Self.events(frames).events == [Self.text("€")])
    }

    @Test func textThatIsNotUTF8IsRefusedWithTheFragmentThatProvesIt() {
        #expect(Self.events([Self.frame(1, bytes: [0xC0])]).code == .invalidPayload)
        #expect(Self.events([Self.frame(1, bytes: [0xED, 0xA0], fin: false)]).code == .invalidPayload)
        #expect(Self.events([Self.frame(1, bytes: [0xE2, 0x82])]).code == .invalidPayload)
        let cut = [Self.frame(1, bytes: [0xE2, 0x82], fin: false), Self.frame(0, "x")]
        #expect(Self.events(cut).code == .invalidPayload)
    }

    @Test func aMessageMayBeAsLongAsTheLimitAndNoLonger() {
        #expect(Self.events([Self.frame(1, String(repeating: "x", count: 16))]).code == nil)
        #expect(Self.events([Self.frame(1, String(repeating: "x", count: 17))]).code == .messageTooBig)
        let parts = [Self.frame(1, "0123456789", fin: false), Self.frame(0, "0123456")]
        #expect(Self.events(parts).code == .messageTooBig)
    }

    @Test(arguments: 1...7 as ClosedRange<UInt8>)
    func reservedBitsAreRefused(rsv: UInt8) {
        #expect(Self.events([Self.frame(1, "x", rsv: rsv)]).code == .protocolError)
        #expect(Self.events([Self.frame(9, rsv: rsv)]).code == .protocolError)
    }

    @Test(arguments: [3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF] as [UInt8])
    func unknownOpcodesAreRefused(opcode: UInt8) {
        #expect(Self.events([Self.frame(opcode, "x")]).code == .protocolError)
    }

    @Test func unmaskedFramesAreRefused() {
        #expect(Self.events([Self.frame(1, "x", masked: false)]).code == .protocolError)
        #expect(Self.events([Self.frame(8, masked: false)]).code == .protocolError)
    }

    @Test func controlFramesMustBeWholeAndShort() {
        let long = String(repeating: "x", count: 126)
        #expect(Self.events([Self.frame(9, fin: false)]).code == .protocolError)
        #expect(Self.events([Self.frame(9, long)]).code == .protocolError)
        #expect(Self.events([Self.frame(8, long)]).code == .protocolError)
        #expect(Self.events([Self.frame(9, String(long.dropLast()))]).code == nil)
    }

    @Test func fragmentsMustBeInOrder() {
        #expect(Self.events([Self.frame(0, "x")]).code == .protocolError)
        #expect(Self.events([Self.frame(1, "x", fin: false), Self.frame(1, "y")]).code == .protocolError)
        #expect(Self.events([Self.frame(1, "x"), Self.frame(0, "y")]).code == .protocolError)
    }

    @Test func binaryIsForThoseWhoTakeIt() {
        let frame = Self.frame(2, bytes: [0xFF, 0x00])
        #expect(Self.events([frame]).code == .unsupportedData)
        let (events, code) = Self.events([frame], acceptsBinary: true)
        #expect(events == [.message(.binary(ByteBuffer(bytes: [0xFF, 0x00])))])
        #expect(code == nil)
    }

    // MARK: Close frames

    private static func close(_ code: Int, _ reason: [UInt8] = []) -> WebSocketFrame {
        frame(8, bytes: [UInt8(code >> 8), UInt8(code & 0xFF)] + reason)
    }

    @Test(arguments: [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])
    func codesThatMayBeSentAreTaken(code: Int) {
        let (events, _) = Self.events([Self.close(code, Array("bye".utf8))])
        #expect(events == [.close(Close(CloseCode(UInt16(code)), "bye"))])
    }

    @Test(arguments: [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535])
    func codesThatMayNotBeSentAreRefused(code: Int) {
        #expect(Self.events([Self.close(code)]).code == .protocolError)
    }

    @Test func theBodyOfACloseIsChecked() {
        #expect(Self.events([Self.frame(8)]).events == [.close(Close(nil))])
        #expect(Self.events([Self.frame(8, bytes: [3])]).code == .protocolError)
        #expect(Self.events([Self.close(1000, [0xC0])]).code == .invalidPayload)
        #expect(Self.events([Self.close(1000, [0xE2, 0x82])]).code == .invalidPayload)
    }
}
