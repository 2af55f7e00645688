import Crypto

/// A script that the server keeps, and runs in one step. Loaded on each connection before anything else.
public struct RedisScript: Sendable, Hashable {
    let text: String
    /// Its name on the server: the SHA-1 of its text.
    let digest: String

    public init(_ text: String) {
        self.text = text
        digest = Insecure.SHA1.hash(data: Array(text.utf8)).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }

    /// Runs it on one key; arguments follow.
    package func call(key prefix: StaticString, _ key: String) -> RedisCommand {
        var command = RedisCommand("EVALSHA", digest, "1")
        command.add(prefix, key)
        return command
    }
}
