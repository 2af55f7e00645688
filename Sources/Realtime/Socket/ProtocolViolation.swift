/// What a client did that RFC 6455, or this server's limits, forbid; the connection is closed with it.
struct ProtocolViolation: Error, Hashable {
    let code: CloseCode
    /// For the Close frame, at most 123 bytes.
    let reason: String

    init(_ code: CloseCode, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    var close: Close { Close(code, reason) }
}
