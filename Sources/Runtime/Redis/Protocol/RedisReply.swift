/// What the server answers (RESP2).
public enum RedisReply: Sendable, Hashable {
    case bytes([UInt8])
    case integer(Int64)
    case null
    case array([RedisReply])
    /// The whole line; it may quote arguments, so only ``errorCode`` is fit to be shown.
    case error(String)

    /// The first word of an error: `NOAUTH`, `NOSCRIPT`, `ERR`, …
    public var errorCode: Substring? {
        guard case .error(let line) = self else { return nil }
        return line.prefix { $0.isASCII && ($0.isUppercase || $0.isNumber || $0 == "_") }
    }

    public var text: String? {
        guard case .bytes(let bytes) = self else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
