import CHiredis

/// The only place that speaks to hiredis: it writes commands and reads replies; sockets are ours.
///
/// It avoids hiredis's contexts and asynchronous interface, because they have no deadlines, try only the first address
/// of a host, and write without MSG_NOSIGNAL, so that a vanishing server could end the process.
enum Hiredis {
    /// A command in its wire form.
    static func encode(_ command: RedisCommand) -> [UInt8] {
        command.bytes.withUnsafeBytes { bytes in
            // An empty argument needs some address too.
            var empty: CChar = 0
            return withUnsafePointer(to: &empty) { empty in
                var start = 0
                var words: [UnsafePointer<CChar>?] = []
                var lengths: [Int] = []
                words.reserveCapacity(command.ends.count)
                lengths.reserveCapacity(command.ends.count)
                for end in command.ends {
                    let word = bytes.baseAddress?.advanced(by: start).assumingMemoryBound(to: CChar.self)
                    words.append(word ?? empty)
                    lengths.append(end - start)
                    start = end
                }
                var target: UnsafeMutablePointer<CChar>?
                let count = redisFormatCommandArgv(&target, Int32(words.count), &words, &lengths)
                guard count > 0, let target else { return [] }
                defer { redisFreeCommand(target) }
                return [UInt8](UnsafeRawBufferPointer(start: target, count: Int(count)))
            }
        }
    }
}

/// Turns the server's bytes into replies. Used by one thread.
final class ReplyReader {
    private let reader: UnsafeMutablePointer<redisReader>
    private let maxReplyBytes: Int
    /// The bytes since the last whole reply.
    private var fed = 0

    init?(maxReplyBytes: Int) {
        guard let reader = redisReaderCreate() else { return nil }
        BoundedArrays.limit(reader)
        self.reader = reader
        self.maxReplyBytes = maxReplyBytes
    }

    deinit { redisReaderFree(reader) }

    func feed(_ bytes: UnsafeRawBufferPointer) -> Bool {
        fed += bytes.count
        guard fed <= maxReplyBytes else { return false }
        return redisReaderFeed(reader, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count) == REDIS_OK
    }

    enum Next: Hashable {
        case reply(RedisReply)
        /// More bytes are wanted.
        case partial
        /// The bytes are not Redis's protocol, or nested too deeply for hiredis.
        case broken
    }

    func next() -> Next {
        var reply: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &reply) == REDIS_OK else { return .broken }
        guard let reply else { return .partial }
        defer { freeReplyObject(reply) }
        fed = 0
        return .reply(Self.read(reply.assumingMemoryBound(to: redisReply.self)))
    }

    private static func read(_ pointer: UnsafePointer<redisReply>) -> RedisReply {
        let reply = pointer.pointee
        switch reply.type {
        case REDIS_REPLY_INTEGER: return .integer(reply.integer)
        case REDIS_REPLY_ARRAY:
            return .array((0..<reply.elements).map { reply.element[$0].map { read($0) } ?? .null })
        case REDIS_REPLY_STRING, REDIS_REPLY_STATUS:
            return .bytes([UInt8](UnsafeRawBufferPointer(start: reply.str, count: reply.len)))
        case REDIS_REPLY_ERROR:
            return .error(String(decoding: UnsafeRawBufferPointer(start: reply.str, count: reply.len), as: UTF8.self))
        default: return .null
        }
    }
}
