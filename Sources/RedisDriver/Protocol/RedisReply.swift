public import Scheduling

/// A reply of the server (RESP2).
public enum RedisReply: Sendable, Hashable {
    case bytes([UInt8])
    case integer(Int64)
    case null
    case array([RedisReply])
    /// The whole line. It may quote arguments, so show only ``errorCode``.
    case error(String)

    /// The first word of an error: `NOAUTH`, `NOSCRIPT`, `ERR`, …
    public var errorCode: ExactText? {
        guard case .error(let line) = self else { return nil }
        return ExactText(
            line.utf8.prefix { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
        )
    }

    public var text: String? {
        guard case .bytes(let bytes) = self else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
