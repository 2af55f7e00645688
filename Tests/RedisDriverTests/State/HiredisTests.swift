@testable import RedisDriver
import Scheduling
import Testing

@Suite struct HiredisTests {
    private func reader(_ limit: Int = 1 << 20) throws -> ReplyReader {
        try #require(ReplyReader(maxReplyBytes: limit))
    }

    private func feed(_ text: String, to reader: ReplyReader) -> Bool {
        Array(text.utf8).withUnsafeBytes { reader.feed($0) }
    }

    @Test func aCommandIsAnArrayOfItsArguments() {
        var command = RedisCommand("SET", "ключ")
        command.add([0, 13, 10, 255])
        command.add([])
        command.add("a", "")
        let head = Array("*5\r\n$3\r\nSET\r\n$8\r\nключ\r\n$4\r\n".utf8)
        let tail = Array("\r\n$0\r\n\r\n$1\r\na\r\n".utf8)
        #expect(Hiredis.encode(command) == head + [0, 13, 10, 255] + tail)
        #expect(Hiredis.encode(RedisCommand("")) == Array("*1\r\n$0\r\n\r\n".utf8))
    }

    @Test func everyKindOfReplyIsRead() throws {
        let reader = try reader()
        let text =
            "+OK\r\n:-42\r\n$-1\r\n*-1\r\n$0\r\n\r\n*3\r\n$1\r\na\r\n*1\r\n:1\r\n$-1\r\n-NOSCRIPT No matching\r\n"
        #expect(feed(text, to: reader))
        let expected: [RedisReply] = [
            .bytes(Array("OK".utf8)), .integer(-42), .null, .null, .bytes([]),
            .array([.bytes([0x61]), .array([.integer(1)]), .null]), .error("NOSCRIPT No matching"),
        ]
        for reply in expected { #expect(reader.next() == .reply(reply)) }
        #expect(reader.next() == .partial)
    }

    @Test(arguments: ["*2147483647\r\n", "*1048577\r\n", "*2\r\n$1\r\na\r\n*2000000000\r\n"])
    func anArrayLongerThanAnyReplyIsNotMadeRoomFor(_ text: String) throws {
        let reader = try reader()
        #expect(feed(text, to: reader))
        #expect(reader.next() == .broken)
    }

    @Test func aReplyMayComeByteByByte() throws {
        let reader = try reader()
        for byte in "*2\r\n$2\r\nab\r\n:7\r\n" {
            #expect(reader.next() == .partial)
            #expect(feed(String(byte), to: reader))
        }
        #expect(reader.next() == .reply(.array([.bytes(Array("ab".utf8)), .integer(7)])))
    }

    @Test(arguments: ["HTTP/1.1 400 Bad Request\r\n", "$-5\r\n", "*99999999999\r\n", ":x\r\n"])
    func whatIsNotTheProtocolIsBroken(text: String) throws {
        let reader = try reader()
        _ = feed(text, to: reader)
        #expect(reader.next() == .broken)
    }

    @Test func anArrayThatIsNestedTooDeepIsBroken() throws {
        let reader = try reader()
        _ = feed(String(repeating: "*1\r\n", count: 100), to: reader)
        #expect(reader.next() == .broken)
    }

    @Test func aReplyThatIsTooLargeIsNotTaken() throws {
        let reader = try reader(100)
        #expect(feed("$50\r\n" + String(repeating: "x", count: 50) + "\r\n", to: reader))
        #expect(reader.next() == .reply(.bytes([UInt8](repeating: 0x78, count: 50))))
        #expect(feed("$1000\r\n" + String(repeating: "x", count: 90), to: reader))
        #expect(reader.next() == .partial)
        #expect(!feed("xxxxxxxxxx", to: reader))
    }

    @Test func anErrorsCodeIsItsFirstWord() {
        #expect(RedisReply.error("NOSCRIPT No matching script").errorCode == "NOSCRIPT")
        #expect(RedisReply.error("ERR unknown command 'secret'").errorCode == "ERR")
        #expect(RedisReply.error("").errorCode == "")
        #expect(RedisReply.null.errorCode == nil)
    }

    @Test func aScriptIsCalledByTheDigestOfItsText() {
        // The empty text's SHA-1 is well known.
        #expect(RedisScript("").digest == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
    }
}
