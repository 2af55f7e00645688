import NIOHTTP1
import Scheduling

/// The opening handshake (RFC 6455 §4.2): what a request's head asks for. Pure.
enum Handshake: Equatable {
    /// An ordinary request, or an upgrade to something else, or elsewhere: for the HTTP side, as it is.
    case none
    /// It asks for a WebSocket, but not in a way that can be granted.
    case malformed(detail: String)
    /// It speaks another version of the protocol (§4.2.2, 4).
    case otherVersion
    /// A good one; with the subprotocol to be named in the answer.
    case wellFormed(subprotocol: String?)

    static let subprotocol = "almanac.v1"
    static let version = "13"

    init(_ head: HTTPRequestHead, path: String) {
        // Method, version and target first: most requests are none, whatever their headers say.
        guard head.method == .GET, head.version == .http1_1, Self.path(of: head.uri) == path.exact,
            head.uri.exact.isPlainASCII,
            head.headers.has("websocket", in: "Upgrade")
        else {
            self = .none
            return
        }
        guard head.headers.has("upgrade", in: "Connection") else {
            self = .malformed(detail: "The Connection header must have the token upgrade; a proxy may have removed it.")
            return
        }
        guard head.headers["Sec-WebSocket-Version"].map(\.exact) == [Self.version.exact] else {
            self = .otherVersion
            return
        }
        let keys = head.headers["Sec-WebSocket-Key"]
        guard keys.count == 1, Self.isKey(keys[0]) else {
            self = .malformed(detail: "The header Sec-WebSocket-Key must be given once: 16 bytes in base64.")
            return
        }
        let isLong = head.headers["Content-Length"].contains { $0.exact != "0" }
        guard !isLong, !head.headers.contains(name: "Transfer-Encoding") else {
            self = .malformed(detail: "A handshake must have no body.")
            return
        }
        let offered = head.headers.tokens("Sec-WebSocket-Protocol")
        guard offered.isEmpty || offered.contains(Self.subprotocol.exact) else {
            self = .malformed(detail: "The only subprotocol is \(Self.subprotocol).")
            return
        }
        self = .wellFormed(subprotocol: offered.isEmpty ? nil : Self.subprotocol)
    }

    private static func path(of target: String) -> ExactText {
        ExactText(target.utf8.prefix { $0 != UInt8(ascii: "?") })
    }

    /// Whether a text is 16 bytes in base64 (RFC 4648 §4): 21 digits, one that carries two bits, and the padding.
    private static func isKey(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 24, bytes.suffix(2).elementsEqual("==".utf8) else { return false }
        return bytes.prefix(22).allSatisfy(Bytes.isBase64) && "AQgw".utf8.contains(bytes[21])
    }
}

extension HTTPHeaders {
    /// The members of a header that is a list of tokens, from all its lines.
    func tokens(_ name: String) -> [ExactText] {
        self[name].flatMap { $0.exact.split(separator: ",") }.map(\.trimmed).filter { !$0.isEmpty }
    }

    func has(_ token: ExactText, in name: String) -> Bool {
        tokens(name).contains { $0.isEqual(ignoringASCIICaseOf: token) }
    }
}
