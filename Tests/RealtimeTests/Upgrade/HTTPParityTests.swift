import Echo
import HummingbirdCore
import NIOCore
import Testing

@testable import Realtime

/// The HTTP side must behave as it does without WebSockets: each script is played to both servers.
@Suite(.timeLimit(.minutes(1)))
struct HTTPParityTests {
    /// A script is a list of writes; the client then ends its side and reads to the end.
    static let scripts: [(name: String, writes: [String])] = [
        ("one request", ["GET /a HTTP/1.1\r\nHost: t\r\n\r\n"]),
        (
            "keep-alive",
            ["GET /a HTTP/1.1\r\nHost: t\r\n\r\n", "POST /b HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nhi"]
        ),
        (
            "pipelining",
            [
                "GET /a HTTP/1.1\r\nHost: t\r\n\r\nPOST /b HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nhiGET /c HTTP/1.1\r\nHost: t\r\n\r\n"
            ]
        ),
        (
            "a chunked body in pieces",
            [
                "POST /a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "3\r\ncde\r\n",
                "0\r\n\r\n",
            ]
        ),
        ("a head in pieces", ["GET /a HT", "TP/1.1\r\nHo", "st: t\r\n\r", "\n"]),
        ("close", ["GET /a HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\nGET /b HTTP/1.1\r\nHost: t\r\n\r\n"]),
        ("HTTP/1.0", ["GET /a HTTP/1.0\r\n\r\n"]),
        ("no request at all", []),
        ("not HTTP", ["hello\r\n\r\n"]),
        ("not HTTP behind a request", ["GET /a HTTP/1.1\r\nHost: t\r\n\r\nhello\r\n\r\n"]),
        ("a head that ends early", ["GET /a HTTP/1.1\r\nHost: t\r\n"]),
        ("a body that ends early", ["POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nab"]),
        ("an unknown HTTP version", ["GET /a HTTP/3.0\r\nHost: t\r\n\r\n"]),
        (
            "a header that is too long",
            ["GET /a HTTP/1.1\r\nHost: t\r\nX: \(String(repeating: "x", count: 90_000))\r\n\r\n"]
        ),
        ("the path of the feed without an upgrade", ["GET /api/v1/realtime HTTP/1.1\r\nHost: t\r\n\r\n"]),
        (
            "a handshake that is the second request",
            ["GET /a HTTP/1.1\r\nHost: t\r\n\r\n", RawClient.handshake.replacing("Upgrade: websocket\r\n", with: "")]
        ),
    ]

    @Test(arguments: scripts.indices) func theAnswersAreThose(of index: Int) async throws {
        let script = Self.scripts[index]
        var answers: [String] = []
        for builder in [HTTPServerBuilder.http1(), .realtime(Echo(path: HandshakeTests.path))] {
            try await SocketServer.run(builder) { port, _ in
                answers.append(try await Self.play(script.writes, port))
            }
        }
        #expect(answers[0] == answers[1], "\(script.name)")
    }

    private static func play(_ writes: [String], _ port: Int) async throws -> String {
        try await RawClient.connect(port) { client in
            for write in writes { try await client.send(write) }
            client.finish()
            return try await client.rest()
        }
    }

    // MARK: Upgrades to something else

    /// As `curl --http2` asks.
    static let h2c = """
        GET /a HTTP/1.1\r\nHost: t\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\
        HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n
        """

    @Test(arguments: [
        h2c, RawClient.handshake.replacing("/api/v1/realtime", with: "/elsewhere"),
        RawClient.handshake.replacing("GET", with: "DELETE"),
        RawClient.handshake.replacing("HTTP/1.1", with: "HTTP/1.0"),
        "OPTIONS * HTTP/1.1\r\nHost: t\r\nConnection: upgrade\r\nUpgrade: TLS/1.0\r\n\r\n",
    ])
    func anUpgradeThatIsNotTakenIsAnsweredByHTTPWhichThenEndsTheConnection(request: String) async throws {
        try await SocketServer.run { server in
            try await RawClient.connect(server.port) { client in
                // A decoder that saw an upgrade reads no further requests, so none may be waited for.
                try await client.send(request + "GET /next HTTP/1.1\r\nHost: t\r\n\r\n")
                let answer = try await client.response()
                #expect(answer.head.hasPrefix("HTTP/1.1 200"))
                #expect(answer.head.lowercased().contains("connection: close\r\n"))
                #expect(try await client.isAtEnd())
            }
            #expect(server.gate.paths.isEmpty)
        }
    }

    @Test func theBodyOfSuchARequestArrivesWhole() async throws {
        try await SocketServer.run { server in
            try await RawClient.connect(server.port) { client in
                let head =
                    "POST /a HTTP/1.1\r\nHost: t\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 200000\r\n\r\n"
                try await client.send("GET /first HTTP/1.1\r\nHost: t\r\n\r\n" + head)
                let first = try await client.response()
                #expect(first.body == "GET /first ")
                #expect(!first.head.lowercased().contains("connection: close"))
                for _ in 0..<20 { try await client.send(String(repeating: "x", count: 10_000)) }
                let second = try await client.response()
                #expect(second.body.utf8.count == 200_000 + "POST /a ".utf8.count)
                #expect(second.head.lowercased().contains("connection: close"))
                #expect(try await client.isAtEnd())
            }
        }
    }
}
