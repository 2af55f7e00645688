import AlmanacRuntime
import NIOCore
import Synchronization
import Testing

@testable import Realtime

@Suite(.timeLimit(.minutes(1)))
struct UpgradeTests {
    private static func handshake(_ changes: [(String, String)]) -> String {
        changes.reduce(RawClient.handshake) { $0.replacing($1.0, with: $1.1) }
    }

    @Test func aGoodHandshakeIsAnsweredAsTheRFCSays() async throws {
        try await SocketServer.run { server in
            try await RawClient.connect(server.port) { client in
                try await client.send(Self.handshake([("Host:", "Sec-WebSocket-Protocol: x, almanac.v1\r\nHost:")]))
                let head = try await client.head().lowercased()
                #expect(head.hasPrefix("http/1.1 101 switching protocols\r\n"))
                #expect(head.contains("upgrade: websocket\r\n"))
                #expect(head.contains("connection: upgrade\r\n"))
                // The example of RFC 6455 §1.3.
                #expect(head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n"))
                #expect(head.contains("sec-websocket-protocol: almanac.v1\r\n"))
                #expect(!head.contains("sec-websocket-extensions"))
            }
            #expect(server.gate.paths == ["/api/v1/realtime"])
        }
    }

    @Test func withoutAnOfferNoSubprotocolIsNamed() async throws {
        try await SocketServer.run { server in
            try await RawClient.connect(server.port) { client in
                let query = Self.handshake([
                    ("/realtime", "/realtime?ticket=abc"),
                    ("Host:", "Sec-WebSocket-Extensions: permessage-deflate\r\nHost:"),
                ])
                try await client.send(query)
                let head = try await client.head().lowercased()
                #expect(head.hasPrefix("http/1.1 101"))
                #expect(!head.contains("sec-websocket-protocol"))
                #expect(!head.contains("sec-websocket-extensions"))
            }
            #expect(server.gate.paths == ["/api/v1/realtime?ticket=abc"])
        }
    }

    /// What a refused handshake is answered with, and that the connection ends.
    private static func refusal(_ server: SocketServer, _ handshake: String) async throws -> (
        head: String, body: String
    ) {
        try await RawClient.connect(server.port) { client in
            try await client.send(handshake)
            let (head, body) = try await client.response()
            #expect(head.lowercased().contains("content-type: application/problem+json\r\n"))
            #expect(head.lowercased().contains("content-length: \(body.utf8.count)\r\n"))
            #expect(try await client.isAtEnd())
            return (head.lowercased(), body)
        }
    }

    @Test(arguments: [("Bearer bad", 401, "unauthorized"), ("Bearer poor", 403, "insufficient_scope")])
    func aCredentialThatDoesNotDoIsRefused(credential: String, status: Int, code: String) async throws {
        try await SocketServer.run { server in
            let (head, body) = try await Self.refusal(server, Self.handshake([("Bearer good", credential)]))
            #expect(head.hasPrefix("http/1.1 \(status) "))
            #expect(head.contains("connection: close\r\n"))
            #expect(body == #"{"status":\#(status),"code":"\#(code)"}"#)
        }
    }

    @Test func anotherVersionIsToldOurs() async throws {
        try await SocketServer.run { server in
            let (head, body) = try await Self.refusal(server, Self.handshake([("Version: 13", "Version: 8")]))
            #expect(head.hasPrefix("http/1.1 426 "))
            #expect(head.contains("sec-websocket-version: 13\r\n"))
            #expect(head.contains("connection: close"))
            #expect(body.contains("upgrade_required"))
            #expect(server.gate.paths.isEmpty)
        }
    }

    @Test(arguments: [
        ("Sec-WebSocket-Key: \(RawClient.key)", "X: y"), ("keep-alive, Upgrade", "keep-alive"),
        ("Host:", "Sec-WebSocket-Protocol: chat\r\nHost:"), ("Host:", "Content-Length: 3\r\nHost:"),
    ])
    func aMalformedOneIsRefusedBeforeTheGateIsAsked(old: String, new: String) async throws {
        try await SocketServer.run { server in
            let (head, body) = try await Self.refusal(server, Self.handshake([(old, new)]))
            #expect(head.hasPrefix("http/1.1 400 "))
            #expect(head.contains("connection: close\r\n"))
            #expect(body.contains("invalid_handshake"))
            #expect(server.gate.paths.isEmpty)
        }
    }

    @Test func onlySoManySocketsAreOpen() async throws {
        try await SocketServer.run(configure: { $0.maxConnections = 1 }) { server in
            try await RawClient.open(server.port) { _ in
                let (head, body) = try await Self.refusal(server, RawClient.handshake)
                #expect(head.hasPrefix("http/1.1 503 "))
                #expect(body.contains("overloaded"))
                #expect(server.service.connections.count == 1)
            }
        }
    }

    @Test func whatFollowsTheHandshakeAtOnceIsNotLost() async throws {
        let (decided, decide) = AsyncStream.makeStream(of: Void.self)
        let gate = FakeGate(delay: { for await _ in decided { return } })
        try await SocketServer.run(gate: gate) { server in
            try await RawClient.connect(server.port) { client in
                let ping = RawClient.frame(0x81, Array(#"{"op":"ping"}"#.utf8))
                try await client.send(Array(RawClient.handshake.utf8) + ping + ping.prefix(3))
                // The rest comes while the decision is still open.
                try await client.send(Array(ping.dropFirst(3)))
                decide.yield()
                #expect(try await client.head().hasPrefix("HTTP/1.1 101"))
                #expect(try await client.text() == #"{"op":"pong"}"#)
                #expect(try await client.text() == #"{"op":"pong"}"#)
            }
        }
    }

    @Test func theHandshakeMayComeInPieces() async throws {
        try await SocketServer.run { server in
            try await RawClient.connect(server.port) { client in
                for byte in RawClient.handshake.utf8 { try await client.send([byte]) }
                #expect(try await client.head().hasPrefix("HTTP/1.1 101"))
            }
        }
    }

    @Test func onlyTheFirstRequestOfAConnectionMayUpgrade() async throws {
        try await SocketServer.run { server in
            try await RawClient.connect(server.port) { client in
                try await client.send("GET /a HTTP/1.1\r\nHost: t\r\n\r\n")
                #expect(try await client.response().head.hasPrefix("HTTP/1.1 200"))
                try await client.send(RawClient.handshake)
                #expect(try await client.response().body == "GET /api/v1/realtime ")
                #expect(try await client.isAtEnd())
            }
            #expect(server.gate.paths.isEmpty)
        }
    }

    @Test func aGateThatDoesNotAnswerIsNotWaitedForForEver() async throws {
        let (decided, decide) = AsyncStream.makeStream(of: Void.self)
        // It does not care about being cancelled.
        let gate = FakeGate(delay: {
            await withCheckedContinuation { continuation in
                Task {
                    for await _ in decided { break }
                    continuation.resume()
                }
            }
        })
        try await SocketServer.run(gate: gate, configure: { $0.admissionTimeout = .milliseconds(20) }) { server in
            let (head, body) = try await Self.refusal(server, RawClient.handshake)
            #expect(head.hasPrefix("http/1.1 503 "))
            #expect(body.contains("overloaded"))
            decide.finish()
        }
    }

    @Test func aClientThatHangsUpDuringTheDecisionLeavesNothingBehind() async throws {
        let (asked, ask) = AsyncStream.makeStream(of: Void.self)
        let (decided, decide) = AsyncStream.makeStream(of: Void.self)
        let gate = FakeGate(delay: {
            ask.yield()
            for await _ in decided { return }
        })
        try await SocketServer.run(gate: gate) { server in
            try await RawClient.connect(server.port) { client in
                try await client.send(RawClient.handshake)
                for await _ in asked { break }
                #expect(server.service.connections.count == 1)
            }
            decide.yield()
            // The server shuts down only when the connection's task has ended.
            await server.shutDown()
        }
    }

    @Test func anUpgradeDuringTheShutdownIsRefused() async throws {
        let (asked, ask) = AsyncStream.makeStream(of: Void.self)
        let (decided, decide) = AsyncStream.makeStream(of: Void.self)
        let gate = FakeGate(delay: {
            ask.yield()
            for await _ in decided { return }
        })
        try await SocketServer.run(gate: gate) { server in
            try await RawClient.connect(server.port) { idle in
                // Its end shows that the shutdown has reached the connections.
                try await idle.send("GET /a HTTP/1.1\r\nHost: t\r\n\r\n")
                _ = try await idle.response()
                try await RawClient.connect(server.port) { client in
                    try await client.send(RawClient.handshake)
                    for await _ in asked { break }
                    await server.shutDown()
                    #expect(try await idle.isAtEnd())
                    try await server.settle()
                    decide.yield()
                    let (head, body) = try await client.response()
                    #expect(head.hasPrefix("HTTP/1.1 503 "))
                    #expect(body.contains("draining"))
                }
            }
        }
    }
}
