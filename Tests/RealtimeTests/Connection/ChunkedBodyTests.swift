import AlmanacRuntime
import NIOCore
import Testing

@testable import Realtime

@Suite struct ChunkedBodyTests {
    private static let limits = ConnectionLimits()

    /// How many bytes belong to the body, if it is whole; nil if it is not. Read in pieces of this size.
    private static func length(_ text: String, piece: Int) throws(ConnectionFault) -> Int? {
        var body = ChunkedBody()
        let bytes = Array(text.utf8)
        var taken = 0
        for start in stride(from: 0, to: bytes.count, by: piece) {
            let part = ByteBuffer(bytes: bytes[start..<min(start + piece, bytes.count)])
            taken += try part.withUnsafeReadableBytes { bytes throws(ConnectionFault) in try body.read(bytes, limits) }
            if body.isDone { return taken }
        }
        return nil
    }

    @Test(arguments: [1, 2, 3, 7, 1_000])
    func theEndIsFoundHoweverItIsCut(piece: Int) throws {
        let whole = "5\r\nhello\r\nA;a=b\r\n0123456789\r\n0\r\nX: y\r\nZ:\r\n\r\n"
        #expect(try Self.length(whole + "GET / HTTP/1.1", piece: piece) == whole.utf8.count)
        #expect(try Self.length(String(whole.dropLast()), piece: piece) == nil)
        #expect(try Self.length("0\r\n\r\nrest", piece: piece) == 5)
    }

    @Test(arguments: [
        "\r\n", "zz\r\n", "-5\r\n", "5 \r\nhello", "0x5\r\n", "ffffffffffffffffff\r\n", "5\nhello", "5\r\nhelloX\r\n",
        "5\r\nhello\n", "0\r\n\n", "0\r\n folded: a\r\n\r\n", "0\r\nX: \u{0}\r\n\r\n", "5;a\nb\r\n", "5\rhello",
    ])
    func whatIsNoChunkIsRefused(text: String) {
        #expect(throws: ConnectionFault.self) { try Self.length(text, piece: 1_000) }
    }

    @Test func extensionsAreBoundedAsASum() throws {
        let kilobyte = String(repeating: "x", count: 1_024)
        #expect(try Self.length("5;\(kilobyte)\r\nhello\r\n0\r\n\r\n", piece: 100) != nil)
        #expect(throws: ConnectionFault.self) { try Self.length("5;\(kilobyte)x\r\nhello\r\n0\r\n\r\n", piece: 100) }
        let chunk = "1;\(String(repeating: "x", count: 100))\r\na\r\n"
        #expect(throws: ConnectionFault.self) {
            try Self.length(String(repeating: chunk, count: 11) + "0\r\n\r\n", piece: 100)
        }
        let trailer = "X: \(String(repeating: "x", count: 8_200))\r\n"
        #expect(throws: ConnectionFault.self) { try Self.length("0\r\n\(trailer)\r\n", piece: 100) }
    }
}
