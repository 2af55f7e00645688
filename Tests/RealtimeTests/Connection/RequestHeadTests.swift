import NIOCore
import Testing

@testable import Realtime

@Suite struct RequestHeadTests {
    private static func head(_ text: String) throws(ConnectionFault) -> RequestHead {
        try ByteBuffer(string: text).withUnsafeReadableBytes { bytes throws(ConnectionFault) in
            try RequestHead(bytes, maxFields: 200)
        }
    }

    private static func fault(_ text: String) -> ConnectionFault? {
        do throws(ConnectionFault) { _ = try head(text) } catch { return error }
        return nil
    }

    private static func get(_ fields: String, target: String = "/a", version: String = "1.1") -> String {
        "GET \(target) HTTP/\(version)\r\n\(fields)\r\n"
    }

    @Test func theBodyIsToldByTheFields() throws {
        #expect(try Self.head(Self.get("Host: a\r\n")).body == .none)
        #expect(try Self.head("POST /a HTTP/1.1\r\nhOST:a\r\ncontent-LENGTH: 12 \r\n\r\n").body == .length(12))
        #expect(try Self.head("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\tChunked\r\n\r\n").body == .chunked)
        #expect(try Self.head("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").body == .none)
    }

    @Test func oneHostIsWanted() {
        #expect(Self.fault(Self.get("Host: a\r\n")) == nil)
        #expect(Self.fault(Self.get("Host:\r\n")) == nil)
        #expect(Self.fault(Self.get("Host: [::1]:8080\r\n")) == nil)
        #expect(Self.fault(Self.get("", version: "1.0")) == nil)
        #expect(Self.fault(Self.get("X: y\r\n")) == .malformed("The header field Host must be given."))
        for fields in ["Host: a\r\nHost: a\r\n", "Host: a\r\nhost: b\r\n"] {
            #expect(Self.fault(Self.get(fields)) == .malformed("The header field Host must be given once."))
            #expect(Self.fault(Self.get(fields, version: "1.0")) != nil)
        }
        for host in ["a b", "a,b", "a/b", "a@b", "a\u{7F}", "ä"] {
            #expect(Self.fault(Self.get("Host: \(host)\r\n")) != nil, "\(host)")
        }
    }

    @Test(arguments: [
        "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: identity",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked;q=1",
        "Transfer-Encoding:", "Transfer-Encoding: xchunked", "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding: chunked\r\nContent-Length: 3", "Content-Length: 3\r\nTransfer-Encoding: chunked",
        "Content-Length: 3\r\nContent-Length: 3", "Content-Length: 3, 3", "Content-Length: +3", "Content-Length: -1",
        "Content-Length: 0x3", "Content-Length:", "Content-Length: 3 3", "Content-Length: 9999999999999999999",
        "Content-Length: 3\u{0B}", "Content-Length: ３",
    ])
    func aBodyWhoseEndIsUnclearIsRefused(fields: String) {
        #expect(Self.fault("POST /a HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n") != nil)
    }

    @Test func anOldClientHasNoChunks() {
        #expect(Self.fault("POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") != nil)
    }

    @Test(arguments: [
        "X\u{0}: a", "X: a\u{0}b", "X: a\rb", "X : a", " X: a", "\tX: a", "X", ": a", "X(: a", "X: a\r\n folded",
        "X: a\r\n\tfolded", "X: a\u{1}", "X: \u{7F}", "Ä: a",
    ])
    func aFieldThatIsNoneIsRefused(field: String) {
        #expect(Self.fault(Self.get("Host: a\r\n\(field)\r\n")) != nil)
        // Also where it is the first.
        #expect(Self.fault(Self.get("\(field)\r\nHost: a\r\n")) != nil)
    }

    @Test func textBeyondASCIIMayStandInAValue() { #expect(Self.fault(Self.get("Host: a\r\nX: ä\ta\r\n")) == nil) }

    @Test(arguments: [
        "a", "", "a/b", "/a b", "/a\u{1}", "/ä", "/a#b", "http://", "http:///a", "ftp://a/b", "//", "*", "?a", "\\a",
    ])
    func aTargetThatIsNoPathIsRefused(target: String) {
        let isAPath = target == "//"
        #expect((Self.fault(Self.get("Host: a\r\n", target: target)) == nil) == isAPath, "\(target)")
    }

    @Test func addressesInFullAndTheWholeServerAreTargetsToo() {
        #expect(Self.fault(Self.get("Host: a\r\n", target: "http://a/b")) == nil)
        #expect(Self.fault(Self.get("Host: a\r\n", target: "HTTPS://a")) == nil)
        #expect(Self.fault("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n") == nil)
        #expect(Self.fault("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n") == .method)
        #expect(Self.fault("PRI * HTTP/1.1\r\nHost: a\r\n\r\n") == .method)
    }

    @Test func onlyTwoVersionsAreSpoken() {
        for version in ["2.0", "0.9", "3.0", "1.2"] {
            #expect(Self.fault(Self.get("Host: a\r\n", version: version)) == .version)
        }
        for line in [
            "GET /a", "GET /a HTTP/1", "GET /a http/1.1", "GET /a HTTP/1.1 ", "GET  HTTP/1.1", "/a HTTP/1.1", "",
        ] {
            #expect(Self.fault("\(line)\r\nHost: a\r\n\r\n") != nil, "\(line)")
        }
    }

    @Test func whatBecomesOfTheConnectionIsTold() throws {
        #expect(try !Self.head(Self.get("Host: a\r\n")).isLast)
        #expect(try Self.head(Self.get("Host: a\r\nConnection: x, CLOSE\r\n")).isLast)
        #expect(try Self.head(Self.get("", version: "1.0")).isLast)
        let old = try Self.head(Self.get("Connection: Keep-Alive\r\n", version: "1.0"))
        #expect(!old.isLast && old.isKeptOld)
    }

    @Test func methodsThatAreNotOursAreTold() throws {
        #expect(try Self.head(Self.get("Host: a\r\n")).foreignMethodLength == nil)
        for method in ["BREW", "TRACE", "PROPFIND", "get", "M-SEARCH", "GETX", "G"] {
            let head = try Self.head("\(method) /a HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(head.foreignMethodLength == method.utf8.count)
        }
        #expect(Self.fault("B(W /a HTTP/1.1\r\nHost: a\r\n\r\n") != nil)
    }

    @Test func roomIsKeptForSomePaths() throws {
        for target in ["/health/ready", "/metrics", "/api/v1/platform/nodes"] {
            #expect(try Self.head(Self.get("Host: a\r\n", target: target)).isForOperator)
        }
        #expect(try !Self.head(Self.get("Host: a\r\n", target: "/api/v1/calendars")).isForOperator)
    }

    @Test func fieldsAreCounted() {
        let many = (0..<201).map { "X-\($0): a\r\n" }.joined()
        #expect(Self.fault(Self.get(many)) == .headTooLarge)
    }
}
