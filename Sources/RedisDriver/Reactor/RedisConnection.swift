/// A socket with its buffers. Only the reactor's thread uses it; decides nothing.
final class RedisConnection {
    /// One read; larger replies take several.
    private static let chunk = 64 << 10
    /// After this many reads in a row the other connection has its turn.
    private static let readsInARow = 16

    let socket: RedisSocket
    private let reader: ReplyReader
    private var out: [UInt8] = []
    private var sent = 0

    init?(_ socket: RedisSocket, maxReplyBytes: Int) {
        guard let reader = ReplyReader(maxReplyBytes: maxReplyBytes) else { return nil }
        self.socket = socket
        self.reader = reader
    }

    var wantsWrite: Bool { sent < out.count }

    func queue(_ bytes: [UInt8]) { out.append(contentsOf: bytes) }

    /// Sends what the socket accepts. Returns the reason if the connection is lost.
    func flush() -> String? {
        while sent < out.count {
            let outcome = out.withUnsafeBytes { socket.send(UnsafeRawBufferPointer(rebasing: $0[sent...])) }
            switch outcome {
            case .bytes(let count): sent += count
            case .blocked:
                compact()
                return nil
            case .gone(let reason): return reason
            }
        }
        // A large buffer is not kept for small commands.
        out.removeAll(keepingCapacity: out.count <= Self.chunk * 4)
        sent = 0
        return nil
    }

    private func compact() {
        guard sent >= 1 << 20, sent * 2 >= out.count else { return }
        out.removeFirst(sent)
        sent = 0
    }

    /// Reads received bytes and delivers each reply. Returns the reason if the connection is lost.
    func receive(_ handle: (RedisReply) -> Void) -> String? {
        for _ in 0..<Self.readsInARow {
            var isTaken = true
            let outcome = withUnsafeTemporaryAllocation(byteCount: Self.chunk, alignment: 1) { buffer in
                let outcome = socket.receive(buffer)
                if case .bytes(let count) = outcome {
                    isTaken = reader.feed(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]))
                }
                return outcome
            }
            switch outcome {
            case .blocked: return nil
            case .gone(let reason): return reason
            case .bytes(let count):
                guard isTaken else { return "an answer that is too large" }
                if let reason = handOut(handle) { return reason }
                if count < Self.chunk { return nil }
            }
        }
        return nil
    }

    private func handOut(_ handle: (RedisReply) -> Void) -> String? {
        while true {
            switch reader.next() {
            case .reply(let reply): handle(reply)
            case .partial: return nil
            case .broken: return "an answer that is not Redis's"
            }
        }
    }
}
