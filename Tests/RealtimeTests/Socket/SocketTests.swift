import AlmanacRuntime
import Echo
import HummingbirdCore
import NIOCore
import Testing

@testable import Realtime

/// One upgraded connection, spoken to in bytes.
@Suite(.timeLimit(.minutes(1)))
struct SocketTests {
    private typealias Raw = RawClient

    private static func frame(_ first: UInt8, _ text: String = "", masked: Bool = true) -> [UInt8] {
        RawClient.frame(first, Array(text.utf8), masked: masked)
    }

    private static let long = String(repeating: "x", count: 126)

    // MARK: What is not allowed

    static let violations: [(bytes: [UInt8], code: Int)] = [
        (frame(0x81, "x", masked: false), 1002), (frame(0x89, masked: false), 1002),
        (frame(0xC1, "x"), 1002), (frame(0xA1, "x"), 1002), (frame(0x91, "x"), 1002), (frame(0xF9), 1002),
        (frame(0x83), 1002), (frame(0x87, "x"), 1002), (frame(0x8B), 1002), (frame(0x8F, "x"), 1002),
        (frame(0x09), 1002), (frame(0x08), 1002), (frame(0x0A, "x"), 1002),
        (frame(0x89, long), 1002), (frame(0x88, long), 1002), (frame(0x8A, long), 1002),
        (frame(0x80, "x"), 1002), (frame(0x00, "x"), 1002), (frame(0x01, "x") + frame(0x81, "y"), 1002),
        (frame(0x82, "x"), 1003), (frame(0x02, "x"), 1003),
        (Raw.frame(0x81, [0xCE, 0xBA, 0xED, 0xA0, 0x80]), 1007), (Raw.frame(0x01, [0xF4, 0x90]), 1007),
        (Raw.frame(0x01, [0xE2, 0x82]) + Raw.frame(0x80, [0x41]), 1007), (Raw.frame(0x81, [0xE2, 0x82]), 1007),
        (Raw.frame(0x81, [UInt8](repeating: 0x41, count: 65_537)), 1009),
        (Raw.frame(0x01, [UInt8](repeating: 0x41, count: 65_536)) + frame(0x80, "x"), 1009),
        // A length that no buffer could hold, and one with the first bit set.
        ([0x81, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4], 1009),
        ([0x81, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4], 1009),
        (Raw.frame(0x88, [0x03]), 1002), (Raw.frame(0x88, [0x03, 0xED]), 1002), (Raw.frame(0x88, [0x13, 0x88]), 1002),
        (Raw.frame(0x88, [0x03, 0xE8, 0xC0]), 1007),
    ]

    @Test(arguments: violations.indices) func aViolationIsToldAndEndsTheConnection(_ index: Int) async throws {
        let (bytes, code) = Self.violations[index]
        try await SocketServer.run { server in
            try await RawClient.open(server.port) { client in
                try await client.send(bytes + Self.frame(0x81, #"{"op":"ping"}"#))
                #expect(try await client.closeCode() == code)
                client.finish()
                #expect(try await client.isAtEnd())
            }
        }
    }

    // MARK: The close handshake

    @Test(arguments: [1000, 1001, 1014, 3000, 4999]) func aCloseIsAnsweredWithItsOwnCode(code: Int) async throws {
        try await SocketServer.run { server in
            try await RawClient.open(server.port) { client in
                try await client.send(
                    RawClient.frame(0x88, [UInt8(code >> 8), UInt8(code & 0xFF)] + Array("bye".utf8)))
                #expect(
                    try await client.frame()
                        == RawClient.Frame(opcode: 0x88, payload: [UInt8(code >> 8), UInt8(code & 0xFF)]))
                #expect(try await client.isAtEnd())
            }
        }
    }

    @Test func aCloseWithoutACodeIsAnsweredWithNone() async throws {
        try await SocketServer.run { server in
            try await RawClient.open(server.port) { client in
                try await client.send(Self.frame(0x88) + Self.frame(0x89, "late"))
                #expect(try await client.frame() == RawClient.Frame(opcode: 0x88, payload: []))
                #expect(try await client.isAtEnd())
            }
        }
    }

    @Test func afterTheServerHasClosedItOnlyWaitsForTheAnswer() async throws {
        try await SocketServer.run { server in
            try await RawClient.open(server.port) { client in
                try await client.say(FeedSessionTests.subscribe)
                _ = try await client.text()
                await server.shutDown()
                #expect(try await client.closeCode() == 1001)
                server.feed.publish()
                try await client.say(#"{"op":"ping"}"#)
                try await client.send(Self.frame(0x88))
                #expect(try await client.isAtEnd())
            }
        }
    }

    @Test func aClientThatDoesNotAnswerACloseIsCutOff() async throws {
        try await SocketServer.run(configure: { $0.closeTimeout = .seconds(8) }) { server in
            try await RawClient.open(server.port) { client in
                await server.shutDown()
                let code = try await client.closeCode()
                #expect(code == 1001)
                #expect(try await client.isAtEnd())
            }
        }
    }

    // MARK: What is allowed

    @Test func pingsAreAnsweredWithWhatTheyCarry() async throws {
        try await SocketServer.run { server in
            try await RawClient.open(server.port) { client in
                let payloads = (0..<10).map { "ping \($0)" } + ["", String(Self.long.dropLast())]
                try await client.send(payloads.flatMap { Self.frame(0x89, $0) })
                for payload in payloads {
                    #expect(try await client.frame() == RawClient.Frame(opcode: 0x8A, payload: Array(payload.utf8)))
                }
            }
        }
    }

    @Test func pongsNobodyAskedForAreIgnored() async throws {
        try await SocketServer.run { server in
            try await RawClient.open(server.port) { client in
                try await client.send(Self.frame(0x8A, "why not") + Self.frame(0x81, #"{"op":"ping"}"#))
                #expect(try await client.text() == #"{"op":"pong"}"#)
            }
        }
    }

    @Test func aMessageMayComeInFragmentsWithAPingBetweenThemByteByByte() async throws {
        try await SocketServer.run { server in
            try await RawClient.open(server.port) { client in
                let bytes =
                    Self.frame(0x01, #"{"op""#) + Self.frame(0x89, "?") + Self.frame(0x00)
                    + Self.frame(0x80, #":"ping"}"#)
                for byte in bytes { try await client.send([byte]) }
                #expect(try await client.frame() == RawClient.Frame(opcode: 0x8A, payload: Array("?".utf8)))
                #expect(try await client.text() == #"{"op":"pong"}"#)
            }
        }
    }

    // MARK: Any message

    @Test(arguments: [0, 1, 125, 126, 127, 128, 65_535, 65_536, 1_048_576])
    func messagesOfEveryLengthAreSaidBack(count: Int) async throws {
        try await SocketServer.run(.realtime(Echo(path: HandshakeTests.path))) { port, _ in
            try await RawClient.open(port) { client in
                for first in [0x81, 0x82] as [UInt8] {
                    let payload = [UInt8](repeating: 0x2A, count: count)
                    try await client.send(RawClient.frame(first, payload))
                    #expect(try await client.frame() == RawClient.Frame(opcode: first, payload: payload))
                }
            }
        }
    }

    /// A client that asks and never reads is not read from any more, so that its answers do not pile up.
    @Test func aClientThatDoesNotReadIsNotAnsweredEndlessly() async throws {
        try await SocketServer.run(
            configure: { $0.stallTimeout = .milliseconds(80) }
        ) { server in
            try await RawClient.open(server.port) { client in
                let pings = (0..<4_000).flatMap { _ in Self.frame(0x89, String(Self.long.dropLast())) }
                // What it sends fills the buffers between here and there, and then the server closes: no byte of its
                // answers was taken for the stall timeout.
                do { while true { try await client.send(pings) } } catch {}
            }
        }
    }
}
