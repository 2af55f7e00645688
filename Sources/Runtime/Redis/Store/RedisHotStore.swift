import Foundation
public import Logging
import Scheduling

/// Hot state in Redis.
///
/// | key | what |
/// |---|---|
/// | `almanac:hot:<key>` | a hash: `epoch` and `seq`, and each field with a dot in front; leaves 30 days after its last write |
/// | `almanac:feed:<database>:<key>` | the channel of its writes; Redis's channels are shared by its databases |
/// | `almanac:ticket:<name>` | what is put and taken |
public final class RedisHotStore: HotStore {
    /// How long state is kept that nobody writes: it bounds Redis's memory, and costs a cold start.
    static let keepSeconds = 30 * 86_400

    let client: RedisClient
    private let channels: String

    /// Begins to connect, and returns at once.
    public init(
        _ configuration: RedisConfiguration, logger: Logger = Logger(label: "almanac.redis")
    ) throws(RedisError) {
        client = try RedisClient(configuration, scripts: HotScripts.all, logger: logger)
        channels = "almanac:feed:\(configuration.address.database):"
    }

    public var isReachable: Bool { client.isReachable }

    /// Waits until Redis is connected to or the attempt fails. Returns why, if it failed.
    public func attempt() async -> String? { await client.attempt() }

    /// Fails what waits and hangs up.
    public func close() async { await client.close() }

    // MARK: - State

    public func write(_ write: HotWrite, completion: @escaping @Sendable (HotWritten) -> Void) {
        var command = HotScripts.write.call(key: "almanac:hot:", write.key)
        command.add(channels + write.key)
        command.add(HotMessage(write).bytes)
        command.add(String(Self.keepSeconds))
        command.add(String(write.version.epoch))
        command.add(String(write.version.seq))
        command.add(write.base.map { String($0.epoch) } ?? "")
        command.add(write.base.map { String($0.seq) } ?? "")
        command.add(String(write.remove.count))
        for field in write.remove { command.add(".", field) }
        for (field, value) in write.set {
            command.add(".", field)
            command.add(value)
        }
        client.send(command, isScript: true) { result in
            switch result {
            case .success(.integer(0)): completion(.written)
            case .success(.integer(1)): completion(.behind)
            case .success(.integer(2)): completion(.superseded)
            case .success, .failure: completion(.failed)
            }
        }
    }

    public func read(_ key: String) async throws(HotError) -> HotRecord? {
        guard case .array(let parts) = try await run(RedisCommand("HGETALL", "almanac:hot:" + key)),
            parts.count.isMultiple(of: 2)
        else { throw HotError(.corrupt, "hot state is not a hash") }
        var fields: [String: [UInt8]] = [:]
        fields.reserveCapacity(parts.count / 2)
        var epoch = RedisReply.null
        var seq = RedisReply.null
        for index in stride(from: 0, to: parts.count, by: 2) {
            // The names become keys, so they have a bound; ours have at most 36 bytes.
            guard let name = parts[index].text, name.utf8.count <= 128,
                case .bytes(let value) = parts[index + 1]
            else {
                throw HotError(.corrupt, "a field's name is not text")
            }
            switch name.exact {
            case "epoch": epoch = parts[index + 1]
            case "seq": seq = parts[index + 1]
            case _ where name.utf8.first == UInt8(ascii: "."): fields[String(name.utf8.dropFirst()) ?? ""] = value
            default: throw HotError(.corrupt, "a field that is not ours")
            }
        }
        return try Self.version(epoch, seq).map { HotRecord(version: $0, fields: fields) }
    }

    public func version(_ key: String) async throws(HotError) -> HotVersion? {
        guard case .array(let parts) = try await run(RedisCommand("HMGET", "almanac:hot:" + key, "epoch", "seq")),
            parts.count == 2
        else { throw HotError(.corrupt, "hot state has no version") }
        return try Self.version(parts[0], parts[1])
    }

    /// Nil if either is missing: then what is there counts for nothing.
    private static func version(_ epoch: RedisReply, _ seq: RedisReply) throws(HotError) -> HotVersion? {
        if epoch == .null || seq == .null { return nil }
        guard let epoch = epoch.text.flatMap({ Int64($0) }), let seq = seq.text.flatMap({ Int64($0) }) else {
            throw HotError(.corrupt, "a version is not a number")
        }
        return HotVersion(epoch: epoch, seq: seq)
    }

    // MARK: - Feed

    public func listen(_ key: String, _ receive: @escaping @Sendable (HotEvent) -> Void) -> any HotListening {
        client.listen(channels + key) { event in
            switch event {
            case .connected: receive(.connected)
            case .disconnected: receive(.disconnected)
            case .message(let bytes):
                // Anyone may publish; what is not ours says nothing.
                guard let message = HotMessage(bytes) else { return }
                receive(.written(base: message.base, version: message.version, message: message.payload))
            }
        }
    }

    // MARK: - Tickets

    public func put(_ name: String, _ value: [UInt8], seconds: Int) async throws(HotError) {
        var command = RedisCommand("SET", "almanac:ticket:" + name)
        command.add(value)
        for word in ["NX", "EX", String(max(1, seconds))] { command.add(word) }
        _ = try await run(command)
    }

    public func take(_ name: String) async throws(HotError) -> [UInt8]? {
        switch try await run(HotScripts.take.call(key: "almanac:ticket:", name), isScript: true) {
        case .bytes(let value): return value
        case .null: return nil
        case .integer, .array, .error: throw HotError(.corrupt, "a ticket is not bytes")
        }
    }

    private func run(_ command: RedisCommand, isScript: Bool = false) async throws(HotError) -> RedisReply {
        let reply: RedisReply
        do throws(RedisError) { reply = try await client.run(command, isScript: isScript) } catch {
            throw HotError(.unreachable, error.context)
        }
        guard let code = reply.errorCode else { return reply }
        // WRONGTYPE: something else lies there. All other refusals (OOM, NOPERM, READONLY) are no answer.
        throw HotError(code == "WRONGTYPE" ? .corrupt : .unreachable, "Redis refused: \(code)")
    }
}
