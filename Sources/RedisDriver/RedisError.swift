/// Why a command has no answer. Names no key and no value.
public struct RedisError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Not connected; or the connection was lost or the answer late, and the command may have run.
        case unreachable
        /// Too many commands wait: never sent.
        case full
        /// The client is closed.
        case closed
    }

    public let code: Code
    public let context: String

    init(_ code: Code, _ context: String) {
        self.code = code
        self.context = context
    }

    static let full = RedisError(.full, "too many commands wait for Redis")
    static let closed = RedisError(.closed, "the connection to Redis is closed")

    public var description: String { context }
}
