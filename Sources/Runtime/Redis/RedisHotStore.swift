public import RedisDriver
public import Logging
import Scheduling
import Synchronization

/// Hot state in Redis, which is not trusted: a value counts only if this installation wrote it for exactly this
/// purpose, calendar and version. Any other value counts as absent (``HotRefusals``).
///
/// | key | what |
/// |---|---|
/// | `almanac:hot:<key>` | a ``HotHead`` and the ``HotBlock``s it speaks of; leaves 30 days after its last write |
/// | `almanac:feed:<database>:<key>` | the channel of its writes (``HotMessage``); Redis's channels are shared by its databases |
/// | `almanac:ticket:<name>` | what is put and taken, sealed |
public final class RedisHotStore: HotStore {
    /// How long unwritten state stays. This bounds Redis's memory, at the cost of a cold start.
    static let keepSeconds = 30 * 86_400
    /// The largest accepted ticket.
    static let maxTicketBytes = 65_536
    /// How many forged heads are remembered until they are overwritten.
    private static let maxForged = 1_024

    let client: RedisClient
    let refusals: HotRefusals
    private let keys: HotKeys
    private let channels: String
    private let maxValueBytes: Int
    private let maxChangeBytes: Int
    /// Forged heads that claimed to be newer than a write.
    private let forged = Mutex<[String: [UInt8]]>([:])

    /// Begins to connect, and returns at once.
    ///
    /// - Parameter secrets: the keys with which an installation's nodes recognize their values. Without them the store
    ///   recognizes only its own writes.
    public init(
        _ configuration: RedisConfiguration, secrets: Secrets?, logger: Logger = Logger(label: "almanac.redis")
    ) throws(RedisError) {
        client = try RedisClient(configuration, scripts: HotScripts.all, logger: logger)
        refusals = HotRefusals(logger)
        keys = secrets.map { HotKeys($0) } ?? HotKeys()
        channels = "almanac:feed:\(configuration.address.database):"
        maxValueBytes = configuration.maxValueBytes
        maxChangeBytes = configuration.maxChangeBytes
    }

    public var isReachable: Bool { client.isReachable }

    /// Waits until the connection to Redis succeeds or fails. Returns the reason of a failure.
    public func attempt() async -> String? { await client.attempt() }

    /// Fails waiting commands and disconnects.
    public func close() async { await client.close() }

    // MARK: - State

    public func write(_ write: HotWrite, completion: @escaping @Sendable (HotWritten) -> Void) {
        let pair = keys.pair(write.key)
        guard let block = HotBlock.seal(write, pair), let message = HotMessage(write).sealed(pair),
            block.count <= maxValueBytes - HotHead.size
        else { return completion(.failed) }
        let base = write.base.map { HotHead($0, pair).bytes } ?? []
        var command = HotScripts.write.call(key: "almanac:hot:", write.key)
        command.add(channels + write.key)
        command.add(message)
        command.add(String(Self.keepSeconds))
        command.add(HotHead(write.version, pair).bytes)
        command.add(base)
        command.add(block)
        let forgery = forged.withLock { $0[write.key] } ?? []
        command.add(forgery)
        command.add(String(maxValueBytes))
        command.add(String(maxChangeBytes))
        client.send(command, isScript: true) { [self] result in
            switch result {
            case .success(.integer(0)):
                if !forgery.isEmpty { forged.withLock { $0[write.key] = nil } }
                completion(.written)
            case .success(.integer(1)): completion(.behind)
            case .success(.bytes(let head)): completion(found(head, write.key, pair))
            case .success, .failure: completion(.failed)
            }
        }
    }

    /// Judges a head that claims to be newer. A forged head does not stop the next write.
    private func found(_ head: [UInt8], _ key: String, _ pair: HotKeys.Pair) -> HotWritten {
        if HotHead.version(head, pair) != nil { return .superseded }
        refusals.refuse(.version)
        forged.withLock { forged in
            if forged.count >= Self.maxForged { forged.removeAll() }
            forged[key] = head
        }
        return .behind
    }

    public func read(_ key: String) async throws(HotError) -> HotRecord? {
        // Reading one byte more than allowed reveals a larger value; Redis sends no more than requested.
        guard let value = try await range(key, to: maxValueBytes, .state) else { return nil }
        let pair = keys.pair(key)
        guard let version = HotHead.version(value, pair) else { return refuse(.version) }
        guard value.count <= maxValueBytes,
            let fields = HotBlock.fields(value[HotHead.size...], upTo: version, pair)
        else { return refuse(.state) }
        return HotRecord(version: version, fields: fields)
    }

    public func version(_ key: String) async throws(HotError) -> HotVersion? {
        guard let head = try await range(key, to: HotHead.size - 1, .version) else { return nil }
        return HotHead.version(head, keys.pair(key)) ?? refuse(.version)
    }

    /// The first bytes of a value; nil if it is missing or no text.
    private func range(
        _ key: String, to last: Int, _ kind: HotRefusals.Kind
    ) async throws(HotError) -> [UInt8]? {
        switch try await run(RedisCommand("GETRANGE", "almanac:hot:" + key, "0", String(last))) {
        case .bytes(let bytes): return bytes.isEmpty ? nil : bytes
        case .error: return refuse(kind)
        case .integer, .array, .null: throw HotError(.corrupt, "a part of a text is no text")
        }
    }

    private func refuse<T>(_ kind: HotRefusals.Kind) -> T? {
        refusals.refuse(kind)
        return nil
    }

    // MARK: - PubSub

    public func listen(_ key: String, _ receive: @escaping @Sendable (HotEvent) -> Void) -> any HotListening {
        let (pair, refusals) = (keys.pair(key), refusals)
        return client.listen(channels + key) { event in
            switch event {
            case .connected: receive(.connected)
            case .disconnected: receive(.disconnected)
            case .message(let bytes):
                // Anyone may publish; a message that is not ours is ignored.
                guard let message = HotMessage(bytes, pair) else { return refusals.refuse(.message) }
                receive(.written(base: message.base, version: message.version, message: message.payload))
            }
        }
    }

    // MARK: - Tickets

    public func put(_ name: String, _ value: [UInt8], seconds: Int) async throws(HotError) {
        guard let sealed = keys.seal(value, name) else { throw HotError(.unreachable, "a ticket cannot be sealed") }
        var command = RedisCommand("SET", "almanac:ticket:" + name)
        command.add(sealed)
        for word in ["NX", "EX", String(max(1, seconds))] { command.add(word) }
        if case .error(let line) = try await run(command) { throw Self.refused(line) }
    }

    public func take(_ name: String) async throws(HotError) -> [UInt8]? {
        var command = HotScripts.take.call(key: "almanac:ticket:", name)
        command.add(String(Self.maxTicketBytes))
        switch try await run(command, isScript: true) {
        case .bytes(let sealed): return keys.open(sealed, name) ?? refuse(.ticket)
        case .null: return nil
        case .integer: return refuse(.ticket)
        case .error(let line): throw Self.refused(line)
        case .array: throw HotError(.corrupt, "a ticket is not bytes")
        }
    }

    /// Returns an error only if it says that the key has another type of value.
    private func run(_ command: RedisCommand, isScript: Bool = false) async throws(HotError) -> RedisReply {
        let reply: RedisReply
        do throws(RedisError) { reply = try await client.run(command, isScript: isScript) } catch {
            throw HotError(.unreachable, error.context)
        }
        guard let code = reply.errorCode else { return reply }
        if code.utf8.elementsEqual("WRONGTYPE".utf8) { return reply }
        // All other refusals (OOM, NOPERM, READONLY) count as no answer.
        throw HotError(.unreachable, "Redis refused: \(code)")
    }

    private static func refused(_ line: String) -> HotError {
        HotError(.unreachable, "Redis refused: \(RedisReply.error(line).errorCode ?? "")")
    }
}

extension RedisListening: HotListening {}
