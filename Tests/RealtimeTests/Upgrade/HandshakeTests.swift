import NIOHTTP1
import Testing

@testable import Realtime

@Suite struct HandshakeTests {
    static let path = "/api/v1/realtime"

    private static func handshake(
        _ changes: [(String, String?)] = [], method: HTTPMethod = .GET, version: HTTPVersion = .http1_1,
        target: String = path
    ) -> Handshake {
        var headers = HTTPHeaders([
            ("Host", "test"), ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", RawClient.key),
        ])
        for (name, value) in changes {
            if let value { headers.replaceOrAdd(name: name, value: value) } else { headers.remove(name: name) }
        }
        return Handshake(HTTPRequestHead(version: version, method: method, uri: target, headers: headers), path: path)
    }

    private static func isMalformed(_ handshake: Handshake) -> Bool {
        if case .malformed = handshake { true } else { false }
    }

    @Test func aGoodOneIsTaken() {
        #expect(Self.handshake() == .wellFormed(subprotocol: nil))
        #expect(Self.handshake(target: Self.path + "?ticket=a") == .wellFormed(subprotocol: nil))
        let loose = [("Upgrade", "foo/1, WebSocket"), ("Connection", "keep-alive , UPGRADE")]
        #expect(Self.handshake(loose) == .wellFormed(subprotocol: nil))
    }

    @Test(arguments: ["/", "/api/v1/realtime/", "/api/v1/realtimes", "/api/v1/realtime%20", "/api/v1/calendars"])
    func otherPathsAreNotOurs(target: String) {
        #expect(Self.handshake(target: target) == .none)
    }

    @Test func whatIsNoUpgradeToAWebSocketIsNotOurs() {
        #expect(Self.handshake([("Upgrade", nil)]) == .none)
        #expect(Self.handshake([("Upgrade", "h2c")]) == .none)
        #expect(Self.handshake(method: .POST) == .none)
        // RFC 9110 §7.8: a server ignores the Upgrade of an HTTP/1.0 request.
        #expect(Self.handshake(version: .http1_0) == .none)
    }

    @Test(arguments: [nil, "8", "0", "14", "", "13, 8", "+13"] as [String?])
    func otherVersionsAreToldOurs(version: String?) {
        #expect(Self.handshake([("Sec-WebSocket-Version", version)]) == .otherVersion)
    }

    @Test(
        arguments: [
            nil, "", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZR==", "dGhlIHNhbXBsZSBub25j",
            "dGhl IHNhbXBsZSBub25jZQ==",
            "dGhlIHNhbXBsZSBub25jZTEyMzQ1Njc4OTA=", "dGhlIHNhbXBsZSBub25_ZQ==",
        ] as [String?])
    func aKeyThatIsNot16BytesIsRefused(key: String?) {
        #expect(Self.isMalformed(Self.handshake([("Sec-WebSocket-Key", key)])))
    }

    @Test func otherFaultsAreRefused() {
        #expect(Self.isMalformed(Self.handshake([("Connection", "keep-alive")])))
        #expect(Self.isMalformed(Self.handshake([("Connection", nil)])))
        #expect(Self.isMalformed(Self.handshake([("Content-Length", "1")])))
        #expect(Self.isMalformed(Self.handshake([("Transfer-Encoding", "chunked")])))
        #expect(Self.handshake([("Content-Length", "0")]) == .wellFormed(subprotocol: nil))
    }

    @Test func theSubprotocolIsNamedIfItWasOffered() {
        #expect(
            Self.handshake([("Sec-WebSocket-Protocol", "chat, almanac.v1")]) == .wellFormed(subprotocol: "almanac.v1")
        )
        #expect(Self.isMalformed(Self.handshake([("Sec-WebSocket-Protocol", "chat, almanac.v2")])))
        #expect(Self.isMalformed(Self.handshake([("Sec-WebSocket-Protocol", "ALMANAC.V1")])))
    }
}
