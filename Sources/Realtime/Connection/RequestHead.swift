/// What of a request's head decides about its connection and its body (RFC 9112 §§2–6). Pure.
///
/// It is read from the bytes before the HTTP decoder sees them, and is stricter: what two readers could understand in two
/// ways is refused, so that nothing is smuggled past a proxy or behind a body.
struct RequestHead: Hashable {
    enum Body: Hashable {
        case none
        case length(Int)
        case chunked
    }

    private(set) var body = Body.none
    /// The client ends the connection with this request: it says so, or it is an old one that does not say otherwise.
    private(set) var isLast = false
    /// An old client that asks for the connection to be kept: it wants to hear so.
    private(set) var isKeptOld = false
    /// How many bytes the method has, where it is none that the decoder is sure to know.
    private(set) var foreignMethodLength: Int?
    /// Health, metrics and the operator's routes, for which room is kept.
    private(set) var isForOperator = false

    /// - Parameter bytes: the head with the empty line that ends it; each line ends with CR LF.
    init(_ bytes: UnsafeRawBufferPointer, maxFields: Int) throws(ConnectionFault) {
        var lines = HeadLines(bytes)
        guard let first = lines.next() else { throw .malformed("The request has no request line.") }
        let minor = try requestLine(first)
        var fields = Fields()
        var count = 0
        while let line = lines.next(), !line.isEmpty {
            count += 1
            guard count <= maxFields else { throw .headTooLarge }
            try fields.read(line)
        }
        try decide(fields, minor)
    }

    // MARK: The request line

    private mutating func requestLine(_ line: UnsafeRawBufferPointer) throws(ConnectionFault) -> UInt8 {
        guard let methodEnd = line.firstIndex(of: UInt8(ascii: " ")), methodEnd > 0,
            line[..<methodEnd].allSatisfy(Bytes.isToken)
        else { throw .malformed("The request line does not begin with a method.") }
        guard let targetEnd = line.lastIndex(of: UInt8(ascii: " ")), targetEnd > methodEnd + 1 else {
            throw .malformed("The request line must be a method, a target and HTTP/1.1.")
        }
        let version = UnsafeRawBufferPointer(rebasing: line[(targetEnd + 1)...])
        guard version.count == 8, Bytes.hasPrefix(version, "HTTP/"), version[6] == UInt8(ascii: "."),
            Bytes.isDigit(version[5]), Bytes.isDigit(version[7])
        else { throw .malformed("The request line must be a method, a target and HTTP/1.1.") }
        guard version[5] == UInt8(ascii: "1"), version[7] <= UInt8(ascii: "1") else { throw .version }
        let method = UnsafeRawBufferPointer(rebasing: line[..<methodEnd])
        let target = UnsafeRawBufferPointer(rebasing: line[(methodEnd + 1)..<targetEnd])
        let isOurs = Self.methods.contains { Bytes.equals(method, $0) }
        try check(target, isOptions: Bytes.equals(method, "OPTIONS"), isOurs: isOurs)
        if !isOurs { foreignMethodLength = methodEnd }
        isForOperator = Self.keptPaths.contains { Bytes.hasPrefix(target, $0) }
        return version[7]
    }

    private static let methods: [StaticString] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
    private static let keptPaths: [StaticString] = ["/health/", "/metrics", "/api/v1/platform/"]

    /// RFC 9112 §3.2: a path with its query, an address in full, or `*` with OPTIONS.
    private func check(
        _ target: UnsafeRawBufferPointer, isOptions: Bool, isOurs: Bool
    ) throws(ConnectionFault) {
        let fault = ConnectionFault.malformed("The request target must be a path, in ASCII and percent-encoded.")
        guard target.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else { throw fault }
        switch target[0] {
        case UInt8(ascii: "/"): break
        case UInt8(ascii: "*") where target.count == 1:
            if !isOptions { throw isOurs ? fault : .method }
        default:
            guard isOurs else { throw .method }
            let rest = [StaticString("http://"), "https://"].first { Bytes.hasPrefix(target, $0, ignoringCase: true) }
            guard let rest, target.count > rest.utf8CodeUnitCount,
                target[rest.utf8CodeUnitCount] != UInt8(ascii: "/")
            else { throw fault }
        }
    }

    // MARK: The fields

    private struct Fields {
        var hosts = 0
        var length: Int?
        var transferEncodings = 0
        var closes = false
        var keeps = false

        mutating func read(_ line: UnsafeRawBufferPointer) throws(ConnectionFault) {
            if Bytes.isBlank(line[0]) { throw .malformed("A header field must stand on one line (obs-fold).") }
            var colon = 0
            while colon < line.count, Bytes.isToken(line[colon]) { colon += 1 }
            guard colon > 0, colon < line.count, line[colon] == UInt8(ascii: ":") else {
                throw .malformed("A header field must be a name, a colon and a value.")
            }
            let value = UnsafeRawBufferPointer(rebasing: line[(colon + 1)...])
            guard value.allSatisfy(Bytes.isFieldContent) else {
                throw .malformed("A header field has a control character.")
            }
            // Few names matter, and none of them has the length of another.
            let name = UnsafeRawBufferPointer(rebasing: line[..<colon])
            switch colon {
            case 4 where Bytes.equals(name, "host", ignoringCase: true): try host(Bytes.trimmed(value))
            case 10 where Bytes.equals(name, "connection", ignoringCase: true): connection(value)
            case 14 where Bytes.equals(name, "content-length", ignoringCase: true): try length(Bytes.trimmed(value))
            case 17 where Bytes.equals(name, "transfer-encoding", ignoringCase: true):
                transferEncodings += 1
                guard Bytes.equals(Bytes.trimmed(value), "chunked", ignoringCase: true) else {
                    throw .malformed("The only Transfer-Encoding is chunked.")
                }
            default: break
            }
        }

        /// RFC 9112 §3.2, RFC 3986 §3.2.2: a name or an address, perhaps a port; it may be empty.
        private mutating func host(_ value: UnsafeRawBufferPointer) throws(ConnectionFault) {
            hosts += 1
            guard hosts == 1 else { throw .malformed("The header field Host must be given once.") }
            guard value.allSatisfy(Bytes.isHost) else { throw .malformed("The header field Host is no host.") }
        }

        private mutating func length(_ value: UnsafeRawBufferPointer) throws(ConnectionFault) {
            guard length == nil, (1...18).contains(value.count), value.allSatisfy(Bytes.isDigit) else {
                throw .malformed("The header field Content-Length must be given once, in digits.")
            }
            length = value.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        }

        private mutating func connection(_ value: UnsafeRawBufferPointer) {
            for member in value.split(separator: UInt8(ascii: ",")) {
                let token = Bytes.trimmed(UnsafeRawBufferPointer(rebasing: member))
                if Bytes.equals(token, "close", ignoringCase: true) { closes = true }
                if Bytes.equals(token, "keep-alive", ignoringCase: true) { keeps = true }
            }
        }
    }

    private mutating func decide(_ fields: Fields, _ minor: UInt8) throws(ConnectionFault) {
        let isOld = minor == UInt8(ascii: "0")
        guard isOld || fields.hosts == 1 else { throw .malformed("The header field Host must be given.") }
        if fields.transferEncodings > 0 {
            guard fields.transferEncodings == 1, fields.length == nil, !isOld else {
                throw .malformed("The end of the body must be told once: by Content-Length or Transfer-Encoding.")
            }
            body = .chunked
        } else if let length = fields.length, length > 0 {
            body = .length(length)
        }
        isLast = fields.closes || (isOld && !fields.keeps)
        isKeptOld = isOld && !isLast
    }
}

/// The lines of a head without their CR LF.
private struct HeadLines {
    private let bytes: UnsafeRawBufferPointer
    private var start = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func next() -> UnsafeRawBufferPointer? {
        guard start < bytes.count, let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { start = end + 1 }
        // Each LF has its CR: the guard has looked.
        return UnsafeRawBufferPointer(rebasing: bytes[start..<max(start, end - 1)])
    }
}
