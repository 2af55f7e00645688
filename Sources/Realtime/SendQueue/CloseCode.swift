import Scheduling

/// Why a connection is closed (RFC 6455 §7.4).
struct CloseCode: Hashable, Sendable {
    let rawValue: UInt16

    init(_ rawValue: UInt16) { self.rawValue = rawValue }

    static let normal = CloseCode(1000)
    static let goingAway = CloseCode(1001)
    static let protocolError = CloseCode(1002)
    static let unsupportedData = CloseCode(1003)
    static let invalidPayload = CloseCode(1007)
    static let policyViolation = CloseCode(1008)
    static let messageTooBig = CloseCode(1009)

    /// Whether a peer may send it (RFC 6455 §7.4.1, §7.4.2): registered and not reserved, or left to applications.
    var isSendable: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}

/// The body of a Close frame (RFC 6455 §5.5.1), and what is thrown at a client that did what the RFC, or this server's
/// limits, forbid.
struct Close: Error, Hashable {
    /// Nil if the frame has no body.
    var code: CloseCode?
    /// At most 123 bytes.
    @Exact var reason = ""

    init(_ code: CloseCode?, _ reason: String = "") {
        self.code = code
        self.reason = reason
    }
}
